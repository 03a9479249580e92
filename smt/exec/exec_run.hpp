// Executor: scheduling. Within a case the least advanced state runs first, so that states meet at
// joins.
#pragma once

#include "model/error.hpp"
#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
FunctionInfo& Executor<D>::info(const llvm::Function& fn) {
  std::unique_ptr<FunctionInfo>& p = infos_[&fn];
  if (!p) p = std::make_unique<FunctionInfo>(fn, numbers_[&fn]);
  return *p;
}

template <class D>
typename Executor<D>::Key Executor<D>::position(const S& state) const {
  Key key;
  key.reserve(state.frames.size() * 6);
  for (const Frame<Bv>& f : state.frames) {
    key.push_back(f.fn->number());
    for (std::size_t i = 0; i < f.block->order.size(); ++i) {
      key.push_back(f.block->order[i]);
      if (i < f.iterations.size()) key.push_back(f.iterations[i]);
    }
    if (f.fn->irreducible()) key.push_back(f.visits);
    key.push_back(f.inst);
  }
  return key;
}

template <class D>
Result<D> Executor<D>::run(const std::string& function, const std::vector<Bv>& arguments) {
  const auto started = std::chrono::steady_clock::now();
  result_ = {};
  waiting_.clear();
  sides_.clear();
  out_of_time_ = false;
  floor_ = 0;
  variant_.reset();
  symbols_from_.clear();
  apart_.clear();
  result_.differences.assign(options_.variants, {});
  for (auto& [fn, p] : infos_)
    if (p) std::fill(p->executed.begin(), p->executed.end(), 0);
  const llvm::Function* fn = module_.getFunction(function);
  if (fn == nullptr || fn->isDeclaration())
    throw Error(ErrorKind::Unsupported, "SGP-E0333", "run", "no function " + function)
        .hint("the module must define it");
  if (fn->arg_size() != arguments.size())
    throw Error(ErrorKind::Unsupported, "SGP-E0334", "run",
                "wrong number of arguments: " + function);
  S state = start_;
  Frame<Bv> frame;
  frame.fn = &info(*fn);
  frame.block = &frame.fn->entry();
  frame.iterations.assign(frame.block->loops.size(), 0);
  frame.registers.resize(frame.fn->slot_count());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].width() != width_of(fn->getArg(static_cast<unsigned>(i))->getType()))
      throw Error(ErrorKind::Unsupported, "SGP-E0334", "run", "argument width: " + function);
    frame.registers[i] = V(arguments[i]);
  }
  state.frames.push_back(std::move(frame));
  // Contradictory assumptions: no path at all, which the caller sees as returned() == 0.
  if (feasible(state, Bv::boolean(true)) != Feasible::No) {
    enqueue(std::move(state));
    drive();
  }
  for (const auto& [f, p] : infos_) {
    if (!p) continue;
    for (const BlockInfo& b : p->blocks())
      for (const llvm::Instruction* i : b.instructions)
        if (p->executed[p->slot(i)])
          if (Location l = locate(i); l.line != 0) result_.coverage.lines.insert(std::move(l));
  }
  for (auto& [key, side] : sides_) {
    side.where = locate(key.first);
    result_.coverage.branches.push_back(side);
  }
  result_.stats.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return std::move(result_);
}

template <class D>
void Executor<D>::enqueue(S state) {
  std::pair key{state.cases, position(state)};
  if (options_.merge) {
    auto [from, to] = waiting_.equal_range(key);
    for (; from != to; ++from)
      if (merge(from->second, state)) {
        ++result_.stats.merges;
        return;
      }
    if (waiting_.find(key) != waiting_.end()) ++result_.stats.merge_refused;
  }
  waiting_.emplace(std::move(key), std::move(state));
  result_.stats.max_states = std::max<std::uint64_t>(result_.stats.max_states, waiting_.size());
}

template <class D>
void Executor<D>::drive() {
  while (!waiting_.empty()) {
    if (waiting_.size() > options_.max_states) {
      for (auto& [key, s] : waiting_)
        end_inconclusive(s, Inconclusive::StateLimit, "too many waiting states");
      waiting_.clear();
      return;
    }
    const auto first = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& waiting) {
      return waiting.second.frames.size() > floor_;
    });
    if (first == waiting_.end()) return;  // all have returned
    S state = std::move(first->second);
    waiting_.erase(first);
    advance(std::move(state));
  }
}

template <class D>
void Executor<D>::advance(S state) {
  try {
    while (true) {
      Frame<Bv>& f = state.top();
      if (f.inst >= f.block->instructions.size())
        throw Stop{Inconclusive::Internal, "block without terminator"};
      const llvm::Instruction& inst = *f.block->instructions[f.inst];
      current_ = &inst;
      const std::uint64_t n = ++result_.stats.instructions;
      if (n > options_.step_limit) throw Stop{Inconclusive::StepLimit, "step limit reached"};
      if (out_of_time_ || (n & 127) == 0) {
        if (domain_.expired() ||
            (options_.deadline && std::chrono::steady_clock::now() >= *options_.deadline))
          out_of_time_ = true;
        if (out_of_time_) throw Stop{Inconclusive::Deadline, "deadline reached"};
      }
      note_executed(*f.fn, inst);
      const std::size_t depth = state.frames.size();
      if (!step(state, inst)) return;
      if (state.frames.size() <= floor_) return enqueue(std::move(state));
      // A new block or a return is a place where others may arrive as well.
      const bool jumped = inst.isTerminator() && state.frames.size() <= depth;
      if (jumped && !waiting_.empty()) {
        enqueue(std::move(state));
        return;
      }
    }
  } catch (const Stop& stop) {
    const bool late = domain_.expired() && stop.reason == Inconclusive::SolverUnknown;
    end_inconclusive(state, late ? Inconclusive::Deadline : stop.reason, stop.text);
  } catch (const Dead&) {  // ignored: no input takes this path
  }
}

template <class D>
std::optional<Value<typename D::Bv>> Executor<D>::read(const End<Bv>& end, std::uint64_t address,
                                                       unsigned bytes) {
  const Object<Bv>* o = objects_.containing(address);
  if (o == nullptr || o->kind == ObjectKind::PageArray || o->kind == ObjectKind::Function ||
      bytes == 0 || bytes > 16 || address - o->address + bytes > o->size)
    return std::nullopt;
  if (!alive(end.memory, o->id).is_true()) return std::nullopt;
  return load_target(end.memory, {Bv::boolean(true), o->id, address - o->address, Bv()}, bytes);
}

template <class D>
std::optional<Value<typename D::Bv>> Executor<D>::read_page(const End<Bv>& end,
                                                            std::uint64_t array_base,
                                                            const Bv& index, std::uint64_t offset,
                                                            unsigned bytes) {
  const Object<Bv>* o = objects_.containing(array_base);
  if (o == nullptr || o->kind != ObjectKind::PageArray || offset + bytes > o->element ||
      bytes == 0 || bytes > 16)
    return std::nullopt;
  return page_load(end.memory, *o, index, offset, bytes);
}

template <class D>
Location Executor<D>::writer(const End<Bv>& end, std::uint64_t address) {
  const Object<Bv>* o = objects_.containing(address);
  if (o == nullptr || o->kind == ObjectKind::PageArray || o->kind == ObjectKind::Function)
    return {};
  return locate(cell(end.memory, o->id, address - o->address).stored->writer);
}

}  // namespace sgproof::exec

// Executor: calls of defined functions, of the environment, of unknown code, and inline assembly.
#pragma once

#include "kernel-extract/harness/sgp_abi.h"
#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
std::vector<Value<typename D::Bv>> Executor<D>::arguments(S& state, const llvm::CallBase& call,
                                                          const llvm::Function* fn) {
  std::vector<V> args;
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    V v = operand(state, call.getArgOperand(i));
    const auto has = [&](llvm::Attribute::AttrKind k) {
      return call.paramHasAttr(i, k) || (fn && i < fn->arg_size() && fn->hasParamAttribute(i, k));
    };
    if (has(llvm::Attribute::Range))
      throw Stop{Inconclusive::UnsupportedAttribute, "range attribute of a parameter"};
    if (has(llvm::Attribute::NonNull) && !v.parts) {
      const Bv null = eq(v.bits, Bv::constant(v.bits.width(), 0));
      if (!null.is_false()) v = V(v.bits, pool_.taint(bv_or(poison_of(v), null), undef_of(v)));
    }
    if (options_.check_noundef && has(llvm::Attribute::NoUndef)) {
      observe_all(state, v, "argument " + std::to_string(i + 1) + " of a call");
      if (!v.parts) v.taint = nullptr;
    }
    args.push_back(v);
  }
  return args;
}

template <class D>
bool Executor<D>::call(S& state, const llvm::CallBase& call) {
  if (!llvm::isa<llvm::CallInst>(call))
    throw Stop{Inconclusive::UnknownOpcode, call.getOpcodeName()};
  if (const auto* code = llvm::dyn_cast<llvm::InlineAsm>(call.getCalledOperand()))
    return inline_asm(state, call, *code);
  const llvm::Value* target = call.getCalledOperand()->stripPointerCastsAndAliases();
  const auto* fn = llvm::dyn_cast<llvm::Function>(target);
  const auto dispatch = [&](S& s, const llvm::Function& f) {
    if (f.isIntrinsic()) return intrinsic(s, call, f);
    if (f.getName().starts_with("sgp_") && f.isDeclaration()) return environment(s, call, f);
    std::vector<V> args = arguments(s, call, &f);
    if (!f.isDeclaration()) return enter(s, call, f, std::move(args));
    external(s, call, f, args);
    ++s.top().inst;
    return true;
  };
  if (fn != nullptr) return dispatch(state, *fn);
  const Bv address = observe(state, operand(state, call.getCalledOperand()), "a called address");
  auto cases = domain_.leaves(address, true, options_.max_targets);
  if (cases.empty()) throw Stop{Inconclusive::PointerUnresolved, "called function"};
  std::vector<std::pair<Bv, const llvm::Function*>> found;
  for (const auto& [guard, leaf] : cases) {
    if (!leaf.is_const()) {
      // A symbolic function pointer: enumerate the functions it can be.
      Bv rest = guard;
      while (true) {
        const auto v = domain_.pick(state.path, rest, leaf);
        if (!v && feasible(state, rest) == Feasible::No) break;
        if (!v || found.size() >= options_.max_targets)
          throw Stop{Inconclusive::PointerUnresolved, "called function"};
        auto it = functions_.find(static_cast<std::uint64_t>(*v));
        if (it == functions_.end()) {
          Bv any = Bv::boolean(false);
          for (const auto& [a, f] : functions_)
            any = bv_or(any, eq(leaf, Bv::constant(pointer_bits_, a)));
          require(state, bv_or(bv_not(rest), any), FindingKind::BadCall,
                  "call through a pointer that is no function");
          continue;
        }
        const Bv hit = eq(leaf, Bv::constant(pointer_bits_, *v));
        found.emplace_back(bv_and(rest, hit), it->second);
        rest = bv_and(rest, bv_not(hit));
      }
      continue;
    }
    auto it = functions_.find(static_cast<std::uint64_t>(leaf.value()));
    if (it == functions_.end())
      require(state, bv_not(guard), FindingKind::BadCall,
              "call through a pointer that is no function");
    else
      found.emplace_back(guard, it->second);
  }
  std::vector<std::pair<Bv, const llvm::Function*>> live;
  for (const auto& f : found)
    if (feasible(state, f.first) != Feasible::No) live.push_back(f);
  if (live.empty()) throw Dead{};
  if (live.size() == 1) return dispatch(state, *live[0].second);
  result_.stats.forks += live.size() - 1;
  for (std::size_t i = 0; i < live.size(); ++i) {
    S next = state;
    add_condition(next, live[i].first);
    try {
      if (dispatch(next, *live[i].second)) enqueue(std::move(next));
    } catch (const Stop& stop) {
      end_inconclusive(next, stop.reason, stop.text);
    } catch (const Dead&) {  // ignored: no input takes this path
    }
  }
  return false;
}

template <class D>
bool Executor<D>::push_frame(S& state, const llvm::CallBase& call, const llvm::Function& fn,
                             std::vector<V> args) {
  if (state.frames.size() >= options_.recursion_limit)
    throw Stop{Inconclusive::RecursionLimit, "too many nested calls at " + fn.getName().str()};
  // Further arguments of a variadic function can only be read by va_start, which is not modelled
  // and ends the path where it is used.
  bool fits = (args.size() == fn.arg_size() || (fn.isVarArg() && args.size() > fn.arg_size())) &&
              call.getType() == fn.getReturnType();
  if (fits) args.resize(fn.arg_size());
  for (unsigned i = 0; fits && i < args.size(); ++i)
    fits = fn.getArg(i)->getType() == call.getArgOperand(i)->getType();
  if (!fits) {
    require(state, Bv::boolean(false), FindingKind::BadCall,
            "call of " + fn.getName().str() + " with another type");
    return false;
  }
  Frame<Bv> f;
  f.fn = &info(fn);
  f.block = &f.fn->entry();
  f.inst = f.block->first;
  f.iterations.assign(f.block->loops.size(), 0);
  f.registers.resize(f.fn->slot_count());
  for (unsigned i = 0; i < args.size(); ++i) {
    if (call.isByValArgument(i)) {
      // The callee gets its own copy of the bytes.
      llvm::Type* type = call.getParamByValType(i);
      const std::uint64_t size = layout_.getTypeAllocSize(type).getFixedValue();
      const Bv from = observe(state, args[i], "an address");
      const std::vector<Target> source = resolve(state, from, size, false, "by-value argument");
      if (source.size() != 1 || objects_.at(source[0].object).kind == ObjectKind::PageArray)
        throw Stop{Inconclusive::PointerUnresolved, "by-value argument"};
      std::vector<Cell<Bv>> cells;
      for (std::uint64_t k = 0; k < size; ++k)
        cells.push_back(cell(state.memory, source[0].object, source[0].offset + k));
      const ObjectId id =
          stack_object(state, fn.getArg(i), "by-value argument of " + fn.getName().str(), size,
                       call.getParamAlign(i).valueOrOne().value());
      put_cells(state, id, 0, cells);
      f.objects.push_back(id);
      args[i] = V(Bv::constant(pointer_bits_, objects_.at(id).address));
    }
    f.registers[i] = args[i];
  }
  state.frames.push_back(std::move(f));
  return true;
}

template <class D>
void Executor<D>::push_event(S& state, const Bv& kind, const std::array<Bv, 5>& p,
                             const std::string& text) {
  state.events.push_back(std::make_shared<Event<Bv>>(Event<Bv>{
      Bv::boolean(true), state.step, kind, p[0], p[1], p[2], p[3], p[4], here(state), text}));
}

template <class D>
bool Executor<D>::environment(S& state, const llvm::CallBase& call, const llvm::Function& fn) {
  std::vector<Bv> a;
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    const V v = operand(state, call.getArgOperand(i));
    a.push_back(observe(state, v, "argument of " + fn.getName().str()));
  }
  const auto wants = [&](std::size_t n) {
    if (a.size() != n) throw Stop{Inconclusive::Internal, "arguments of " + fn.getName().str()};
  };
  const llvm::StringRef name = fn.getName();
  if (name == "sgp_assume") {
    wants(1);
    restrict_to(state, any_bit(a[0]));
  } else if (name == "sgp_event") {
    wants(6);
    push_event(state, a[0], {a[1], a[2], a[3], a[4], a[5]}, "");
  } else if (name == "sgp_step") {
    wants(1);
    state.step = a[0];
  } else if (name == "sgp_fresh") {
    wants(1);
    if (!a[0].is_const()) throw Stop{Inconclusive::NotConstant, "argument of sgp_fresh"};
    const auto id = static_cast<std::uint64_t>(a[0].value());
    assign(state, call, V(fresh(state, "fresh", "fresh" + std::to_string(id), 64, id)));
  } else if (name == "sgp_havoc") {
    wants(2);
    if (!a[1].is_const()) throw Stop{Inconclusive::NotConstant, "size of sgp_havoc"};
    const auto size = static_cast<std::uint64_t>(a[1].value());
    const std::vector<Target> t = resolve(state, a[0], size, true, "sgp_havoc");
    if (t.size() != 1 || objects_.at(t[0].object).kind == ObjectKind::PageArray)
      throw Stop{Inconclusive::PointerUnresolved, "sgp_havoc"};
    make_arbitrary(state, t[0].object, t[0].offset, size, "havoc " + objects_.at(t[0].object).name,
                   "havoc");
  } else if (name == "sgp_symbolic") {
    wants(0);
    assign(state, call, V(Bv::constant(64, D::kSymbolic ? 1 : 0)));
  } else if (name == "sgp_case") {
    wants(1);
    return each_case(state, call, a[0]);
  } else if (name == "sgp_either") {
    wants(3);
    assign(state, call, V(ite(any_bit(a[0]), a[1], a[2])));
  } else if (name == "sgp_object") {
    wants(1);
    give_memory(state, call, a[0]);
  } else if (name == "sgp_pages_built") {
    wants(0);
    note_repeats(state);
  } else if (name == "sgp_object_gone") {
    wants(1);
    take_memory(state, a[0]);
  } else {
    throw Stop{Inconclusive::MissingFunction, name.str()};
  }
  ++state.top().inst;
  return true;
}

template <class D>
void Executor<D>::external(S& state, const llvm::CallBase& call, const llvm::Function& fn,
                           const std::vector<V>& args) {
  const CallPolicy policy = options_.policy ? options_.policy(fn) : CallPolicy::Havoc;
  const std::string name = fn.getName().str();
  if (policy == CallPolicy::Refuse) throw Stop{Inconclusive::MissingFunction, name};
  if (policy == CallPolicy::Havoc) {
    state.arbitrary.push_back(
        std::make_shared<AssumedArbitrary>(AssumedArbitrary{name, locate(&call)}));
    havoc_reachable(state, call, args);
  }
  if (call.getType()->isVoidTy()) return;
  unsigned part = 0;
  assign(state, call, fill(call.getType(), [&](unsigned w) {
           const std::string suffix = part == 0 ? "" : "." + std::to_string(part);
           ++part;
           return V(fresh(state, "call", name + "()" + suffix, w));
         }));
}

template <class D>
void Executor<D>::havoc_reachable(S& state, const llvm::CallBase& call,
                                  const std::vector<V>& args) {
  std::vector<ObjectId> work;
  std::vector<bool> seen(objects_.size(), false);
  const unsigned step = pointer_bits_ / 8;
  const auto reach = [&](const Bv& pointer, bool must) {
    auto cases = domain_.leaves(pointer, true, options_.max_targets);
    if (cases.empty()) cases = {{Bv::boolean(true), pointer}};
    for (const auto& [guard, leaf] : cases) {
      const Object<Bv>* o = nullptr;
      if (leaf.is_const()) {
        o = objects_.containing(static_cast<std::uint64_t>(leaf.value()));
      } else {
        for (const ObjectId id : page_arrays_)
          if (const Object<Bv>& a = objects_.at(id);
              feasible(state, bv_and(guard, inside(a, leaf, 1))) != Feasible::No)
            o = &a;
        if (must && o == nullptr && !domain_.is_symbol(leaf) &&
            feasible(state, guard) != Feasible::No)
          throw Stop{Inconclusive::PointerUnresolved, "argument of a function without body"};
      }
      if (o == nullptr || o->kind == ObjectKind::Function || o->read_only || seen[o->id]) continue;
      seen[o->id] = true;
      work.push_back(o->id);
    }
  };
  for (unsigned i = 0; i < args.size(); ++i)
    if (call.getArgOperand(i)->getType()->isPointerTy()) reach(args[i].bits, true);
  const std::string callee = "call";
  while (!work.empty()) {
    const ObjectId id = work.back();
    work.pop_back();
    const Object<Bv>& o = objects_.at(id);
    if (o.kind == ObjectKind::PageArray) {
      auto log = std::make_shared<typename Memory<Bv>::Log>(*state.memory.log(o.array));
      auto e = std::make_shared<PageWrite<Bv>>();
      e->arbitrary = ++page_generation_;
      generation_names_.push_back(place(state));
      log->push_back(std::move(e));
      state.memory.set_log(o.array, std::move(log));
      continue;
    }
    if (alive(state.memory, id).is_false()) continue;
    if (o.size > (1 << 16)) throw Stop{Inconclusive::SizeUnresolved, "havoc of " + o.name};
    for (std::uint64_t at = (step - o.address % step) % step; at + step <= o.size; at += step) {
      const V v = load_target(state.memory, {Bv::boolean(true), id, at, Bv()}, step);
      if (v.bits.is_const() ? !v.bits.is_zero() : !domain_.is_symbol(v.bits)) reach(v.bits, false);
    }
    make_arbitrary(state, id, 0, o.size, callee + " may change " + o.name, "call");
  }
}

template <class D>
bool Executor<D>::bug(S& state, const llvm::CallBase& call, const AsmEntry& entry) {
  const auto number = [&](int arg) -> std::uint64_t {
    const V v = operand(state, call.getArgOperand(static_cast<unsigned>(arg)));
    if (v.taint || !v.bits.is_const()) throw Stop{Inconclusive::NotConstant, "bug table operand"};
    return static_cast<std::uint64_t>(v.bits.value());
  };
  // Where BUG() and BUG_ON() are functions, what they report is about their caller.
  while (entry.meaning != AsmMeaning::BugTable && state.frames.size() > 1 &&
         llvm::StringRef(here(state).file).ends_with("asm/bug.h"))
    state.frames.pop_back();
  std::string file;
  std::uint64_t line = 0;
  if (entry.line_arg >= 0) line = number(entry.line_arg);
  if (entry.file_arg >= 0) {
    const llvm::Value* p = call.getArgOperand(static_cast<unsigned>(entry.file_arg));
    if (const auto* g = llvm::dyn_cast<llvm::GlobalVariable>(p->stripPointerCasts()))
      if (g->hasInitializer())
        if (const auto* s = llvm::dyn_cast<llvm::ConstantDataArray>(g->getInitializer());
            s && s->isCString())
          file = s->getAsCString().str();
  }
  if (line == 0) {
    const Location l = here(state);
    line = l.line;
    if (file.empty()) file = l.file;
  }
  const std::uint64_t flags = entry.flags            ? *entry.flags
                              : entry.flags_arg >= 0 ? number(entry.flags_arg) & 0xffff
                                                     : 0;
  const bool warning = (flags & 1) != 0;  // BUGFLAG_WARNING
  const std::string text = file + ":" + std::to_string(line);
  const Bv zero = Bv::constant(64, 0);
  push_event(state, Bv::constant(64, warning ? SGP_EV_WARN : SGP_EV_BUG),
             {Bv::constant(64, line), zero, zero, zero, zero}, text);
  if (!warning) {
    // A branch may have been followed although the solver did not know: look once more.
    const Feasible f = feasible(state, Bv::boolean(true));
    if (f == Feasible::No) throw Dead{};
    if (f == Feasible::Unknown)
      throw Stop{Inconclusive::SolverUnknown, "not shown: BUG at " + text};
    end_state(state, EndKind::Bug, "BUG at " + text);
    return false;
  }
  ++state.top().inst;
  return true;
}

template <class D>
bool Executor<D>::inline_asm(S& state, const llvm::CallBase& call, const llvm::InlineAsm& code) {
  const AsmEntry entry = recognise_asm(code);
  const auto arg = [&](unsigned i) { return operand(state, call.getArgOperand(i)); };
  if (entry.code_arg >= 0 &&
      !arg(static_cast<unsigned>(entry.code_arg)).bits.is_const_value(entry.code))
    throw Stop{Inconclusive::UnknownAsm, "a trap that is no BUG()"};
  switch (entry.meaning) {
    case AsmMeaning::BugTable:
    case AsmMeaning::Trap:
      return bug(state, call, entry);
    case AsmMeaning::TrapUnlessZero: {
      const Bv c = any_bit(observe(state, arg(0), "the condition of a trap"));
      if (feasible(state, c) != Feasible::No) {
        S stopped = state;
        add_condition(stopped, c);
        try {
          bug(stopped, call, entry);
        } catch (const Stop& stop) {
          end_inconclusive(stopped, stop.reason, stop.text);
        } catch (const Dead&) {  // ignored: no input takes this path
        }
      }
      restrict_to(state, bv_not(c));
      break;
    }
    case AsmMeaning::NoEffect:
      if (!call.getType()->isVoidTy()) throw Stop{Inconclusive::UnknownAsm, "asm with a result"};
      break;
    case AsmMeaning::Identity:
      assign(state, call, arg(0));
      break;
    case AsmMeaning::SaveFlags: {
      llvm::Type* type = call.getParamElementType(0);
      store(state, arg(0), V(fresh(state, "asm", "flags", width_of(type))), type, 1, false, "asm");
      break;
    }
    case AsmMeaning::BitScanReverse:
    case AsmMeaning::BitScanForward: {
      const V v = arg(0);
      const unsigned w = width_of(call.getType());
      const bool reverse = entry.meaning == AsmMeaning::BitScanReverse;
      if (call.arg_size() > 1) {
        const V initial = resize(pool_, arg(1), w, false);
        assign(state, call, derived(pool_, bit_scan(v.bits, reverse, initial.bits), {v, initial}));
      } else {
        // Undefined by the instruction for 0: any value.
        const Bv any = fresh(state, "asm", "bitscan of 0", w);
        assign(state, call, derived(pool_, bit_scan(v.bits, reverse, any), {v}));
      }
      break;
    }
    case AsmMeaning::Increment:
    case AsmMeaning::Decrement: {
      llvm::Type* type = call.getParamElementType(0);
      const V old = load(state, arg(0), type, 1, false, "asm");
      const Bv one = Bv::constant(width_of(type), 1);
      const Bv next =
          entry.meaning == AsmMeaning::Increment ? add(old.bits, one) : sub(old.bits, one);
      store(state, arg(0), derived(pool_, next, {old}), type, 1, false, "asm");
      break;
    }
    case AsmMeaning::Exchange: {
      llvm::Type* type = call.getParamElementType(0);
      const V old = load(state, arg(0), type, 1, false, "asm");
      store(state, arg(0), arg(1), type, 1, false, "asm");
      assign(state, call, old);
      break;
    }
    case AsmMeaning::Unknown:
      throw Stop{Inconclusive::UnknownAsm, "\"" + std::string(code.getAsmString()) + "\" (" +
                                               std::string(code.getConstraintString()) + ")"};
  }
  ++state.top().inst;
  return true;
}

}  // namespace sgproof::exec

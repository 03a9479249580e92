#include "smt/solver/solver.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "model/error.hpp"
#include "smt/solver/z3_translate.hpp"

namespace sgproof::smt {

using Clock = std::chrono::steady_clock;

const char* to_string(CheckResult r) {
  switch (r) {
    case CheckResult::Sat: return "sat";
    case CheckResult::Unsat: return "unsat";
    case CheckResult::Unknown: return "unknown";
    case CheckResult::Timeout: return "timeout";
    case CheckResult::Error: break;
  }
  return "error";
}

struct Solver::Z3 {
  z3::context ctx;
  z3::solver solver{ctx, "QF_BV"};
  Z3Translator translate{ctx};
  std::unordered_map<std::uint32_t, z3::expr> literals;  // node id -> activation literal

  /// A literal that implies the condition; the definition is asserted once.
  z3::expr literal(const Term& t) {
    if (auto it = literals.find(t.node()->id); it != literals.end()) return it->second;
    z3::expr p = ctx.bool_const(("!p" + std::to_string(t.node()->id)).c_str());
    solver.add(z3::implies(p, translate(t)));
    literals.emplace(t.node()->id, p);
    return p;
  }
};

/// Earlier unsatisfiable sets of node ids, found by their smallest member: a superset is Unsat too.
struct Solver::UnsatCore {
  std::unordered_multimap<std::uint32_t, std::vector<std::uint32_t>> by_last;
};

Solver::Solver(Terms& terms, SolverOptions options)
    : terms_(terms), options_(options), cores_(std::make_unique<UnsatCore>()) {}
Solver::~Solver() = default;

void Solver::push() { scopes_.push_back(assertions_.size()); }
void Solver::pop() {
  if (scopes_.empty())
    throw Error(ErrorKind::Unsupported, "SGP-E302", "solve", "pop without push");
  assertions_.resize(scopes_.back());
  scopes_.pop_back();
}
void Solver::add(const Term& condition) {
  if (condition.width() != 1)
    throw Error(ErrorKind::Unsupported, "SGP-E303", "solve", "asserted term is not a boolean");
  assertions_.push_back(condition);
}

bool Solver::expired() const { return options_.deadline && Clock::now() >= *options_.deadline; }

const Model& Solver::model() const {
  if (!last_)
    throw Error(ErrorKind::Unsupported, "SGP-E304", "solve", "no model: the last check was not Sat");
  return *last_;
}

CheckResult Solver::check(const std::vector<Term>& assumptions, const Term& extra) {
  std::vector<Term> all(assumptions);
  all.push_back(extra);
  return check(all);
}

CheckResult Solver::check(const std::vector<Term>& assumptions) {
  ++stats_.checks;
  last_.reset();
  reason_.clear();
  std::vector<Term> conditions;
  std::unordered_set<std::uint32_t> seen;
  for (const std::vector<Term>* list : {&std::as_const(assertions_), &assumptions})
    for (const Term& t : *list) {
      if (t.width() != 1)
        throw Error(ErrorKind::Unsupported, "SGP-E303", "solve", "assumption is not a boolean");
      if (t.is_true()) continue;
      if (t.is_false()) {
        ++stats_.trivial;
        return CheckResult::Unsat;
      }
      if (seen.insert(t.node()->id).second) conditions.push_back(t);
    }
  if (conditions.empty()) {
    ++stats_.trivial;
    last_ = std::make_shared<Model>(terms_);
    return CheckResult::Sat;
  }
  for (auto it = models_.begin(); it != models_.end(); ++it) {
    // The newest condition is the one most likely to fail.
    const bool ok = std::all_of(conditions.rbegin(), conditions.rend(),
                                [&](const Term& t) { return (*it)->holds(t); });
    if (!ok) continue;
    ++stats_.model_hits;
    last_ = *it;
    models_.erase(it);
    models_.push_front(last_);
    return CheckResult::Sat;
  }
  for (const std::uint32_t id : seen) {
    auto [from, to] = cores_->by_last.equal_range(id);
    for (; from != to; ++from)
      if (std::all_of(from->second.begin(), from->second.end(),
                      [&](std::uint32_t n) { return seen.count(n) != 0; })) {
        ++stats_.unsat_hits;
        return CheckResult::Unsat;
      }
  }
  return ask(conditions);
}

CheckResult Solver::ask(const std::vector<Term>& conditions) {
  if (expired()) {
    reason_ = "deadline";
    return CheckResult::Timeout;
  }
  ++stats_.queries;
  const auto start = Clock::now();
  CheckResult result = CheckResult::Error;
  try {
    if (!z3_ || z3_->literals.size() > options_.max_definitions) {
      if (z3_) ++stats_.restarts;
      z3_ = std::make_unique<Z3>();
    }
    unsigned limit = options_.query_timeout_ms;
    if (options_.deadline) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(*options_.deadline - start).count();
      const unsigned rest = static_cast<unsigned>(std::clamp<long long>(left, 1, 1'000'000'000));
      limit = limit == 0 ? rest : std::min(limit, rest);
    }
    z3::params p(z3_->ctx);
    p.set("timeout", limit == 0 ? 4294967295U : limit);
    z3_->solver.set(p);
    z3::expr_vector literals(z3_->ctx);
    std::unordered_map<std::uint32_t, std::uint32_t> back;  // literal's ast id -> node id
    for (const Term& t : conditions) {
      z3::expr l = z3_->literal(t);
      back.emplace(Z3_get_ast_id(z3_->ctx, l), t.node()->id);
      literals.push_back(l);
    }
    switch (z3_->solver.check(literals)) {
      case z3::sat: {
        auto m = std::make_shared<Model>(terms_);
        z3::model zm = z3_->solver.get_model();
        for (unsigned i = 0; i < zm.num_consts(); ++i) {
          z3::func_decl d = zm.get_const_decl(i);
          const auto index = z3_->translate.variable_of(d);
          if (index) m->set(*index, z3_value(zm.get_const_interp(d)));
        }
        // Our own evaluator must agree, else something in the chain is wrong.
        result = CheckResult::Sat;
        for (const Term& t : conditions)
          if (!m->holds(t)) {
            result = CheckResult::Error;
            reason_ = "Z3's model does not satisfy the query";
          }
        if (result == CheckResult::Sat) {
          ++stats_.sat;
          last_ = m;
          models_.push_front(m);
          if (models_.size() > options_.model_cache) models_.pop_back();
        }
        break;
      }
      case z3::unsat: {
        ++stats_.unsat;
        std::vector<std::uint32_t> core;
        for (const z3::expr& e : z3_->solver.unsat_core())
          if (auto it = back.find(Z3_get_ast_id(z3_->ctx, e)); it != back.end())
            core.push_back(it->second);
        if (!core.empty()) cores_->by_last.emplace(*std::max_element(core.begin(), core.end()), core);
        result = CheckResult::Unsat;
        break;
      }
      case z3::unknown:
        ++stats_.unknown;
        reason_ = z3_->solver.reason_unknown();
        result = reason_ == "timeout" || reason_ == "canceled" ? CheckResult::Timeout
                                                               : CheckResult::Unknown;
        z3_.reset();  // an interrupted solver is not reused
        break;
    }
  } catch (const z3::exception& e) {
    reason_ = e.msg();
    result = CheckResult::Error;
    z3_.reset();
  }
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  stats_.seconds += took;
  stats_.slowest = std::max(stats_.slowest, took);
  return result;
}

}  // namespace sgproof::smt

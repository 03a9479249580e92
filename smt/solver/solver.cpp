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
    case CheckResult::Sat:
      return "sat";
    case CheckResult::Unsat:
      return "unsat";
    case CheckResult::Unknown:
      return "unknown";
    case CheckResult::Timeout:
      return "timeout";
    case CheckResult::Error:
      break;
  }
  return "error";
}

struct Solver::Z3 {
  z3::context ctx;
  z3::solver solver{ctx, "QF_BV"};
  Z3Translator translate{ctx};
  std::unordered_map<std::uint32_t, z3::expr> literals;  // node id -> activation literal
  std::unordered_set<std::uint32_t> facts;               // node ids asserted for good
  std::unordered_map<std::uint32_t, unsigned> streak;    // node id -> queries in a row

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
    : terms_(terms),
      options_(options),
      cores_(std::make_unique<UnsatCore>()),
      watchdog_(std::make_unique<Watchdog>()) {}
Solver::~Solver() = default;

void Solver::push() { scopes_.push_back(assertions_.size()); }
void Solver::pop() {
  if (scopes_.empty()) throw Error(ErrorKind::Unsupported, "SGP-E0322", "solve", "pop without push");
  assertions_.resize(scopes_.back());
  scopes_.pop_back();
}
void Solver::add(const Term& condition) {
  if (condition.width() != 1)
    throw Error(ErrorKind::Unsupported, "SGP-E0323", "solve", "asserted term is not a boolean");
  assertions_.push_back(condition);
}

bool Solver::expired() const { return options_.deadline && Clock::now() >= *options_.deadline; }

const Model& Solver::model() const {
  if (!last_)
    throw Error(ErrorKind::Unsupported, "SGP-E0324", "solve",
                "no model: the last check was not Sat");
  return *last_;
}

CheckResult Solver::check(const std::vector<Term>& assumptions, const Term& extra) {
  std::vector<Term> all(assumptions);
  all.push_back(extra);
  return check(all);
}

CheckResult Solver::check_briefly(const std::vector<Term>& assumptions, const Term& extra) {
  briefly_ = true;
  const CheckResult result = check(assumptions, extra);
  briefly_ = false;
  return result;
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
        throw Error(ErrorKind::Unsupported, "SGP-E0323", "solve", "assumption is not a boolean");
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

/// Conditions that every query of late had become facts of the Z3 instance, which simplifies with
/// them; a query without one of them starts a new instance.
void Solver::prepare(const std::vector<Term>& conditions) {
  std::unordered_set<std::uint32_t> ids;
  for (const Term& t : conditions) ids.insert(t.node()->id);
  if (z3_) {
    const bool fits = std::all_of(z3_->facts.begin(), z3_->facts.end(),
                                  [&](std::uint32_t id) { return ids.count(id) != 0; });
    if (!fits) patience_ = std::min(patience_ * 2, 64U);
    if (!fits || z3_->literals.size() > options_.max_definitions) z3_.reset();
    if (!z3_) ++stats_.restarts;
  }
  if (!z3_) z3_ = std::make_unique<Z3>();
  std::unordered_map<std::uint32_t, unsigned> streak;
  for (const Term& t : conditions) {
    const std::uint32_t id = t.node()->id;
    if (z3_->facts.count(id)) continue;
    const auto it = z3_->streak.find(id);
    const unsigned n = it == z3_->streak.end() ? 1 : it->second + 1;
    if (n > patience_) {
      z3_->solver.add(z3_->translate(t));
      z3_->facts.insert(id);
    } else {
      streak[id] = n;
    }
  }
  z3_->streak = std::move(streak);
}

unsigned Solver::time_left(Clock::time_point now) const {
  unsigned limit = options_.query_timeout_ms;
  if (options_.deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*options_.deadline - now).count();
    const unsigned rest = static_cast<unsigned>(std::clamp<long long>(left, 1, 1'000'000'000));
    limit = limit == 0 ? rest : std::min(limit, rest);
  }
  return limit == 0 ? 1'000'000'000 : limit;
}

/// Reads Z3's model of the symbols and evaluates the query under it with our own evaluator.
CheckResult Solver::accept_model(Z3& z3, const std::vector<Term>& conditions) {
  auto m = std::make_shared<Model>(terms_);
  z3::model zm = z3.solver.get_model();
  for (unsigned i = 0; i < zm.num_consts(); ++i) {
    z3::func_decl d = zm.get_const_decl(i);
    if (const auto index = z3.translate.variable_of(d))
      m->set(*index, z3_value(zm.get_const_interp(d)));
  }
  for (const Term& t : conditions)
    if (!m->holds(t)) {
      reason_ = "Z3's model does not satisfy the query";
      return CheckResult::Error;
    }
  last_ = m;
  models_.push_front(m);
  if (models_.size() > options_.model_cache) models_.pop_back();
  return CheckResult::Sat;
}

/// One question to one Z3 instance; conditions that are no facts of it are passed as literals.
CheckResult Solver::question(Z3& z3, const std::vector<Term>& conditions, unsigned limit_ms) {
  z3::expr_vector literals(z3.ctx);
  std::unordered_map<std::uint32_t, std::uint32_t> back;  // literal's ast id -> node id
  for (const Term& t : conditions) {
    if (z3.facts.count(t.node()->id)) continue;
    z3::expr l = z3.literal(t);
    back.emplace(Z3_get_ast_id(z3.ctx, l), t.node()->id);
    literals.push_back(l);
  }
  const auto limit = std::chrono::milliseconds(limit_ms);
  const auto at = std::min(options_.deadline.value_or(Clock::time_point::max()),
                           Clock::now() + 10 * limit + std::chrono::seconds(1));
  watchdog_->arm(limit, at, [&z3] { z3.ctx.interrupt(); });
  z3::check_result answer = z3::unknown;
  bool late = false;
  try {
    answer = z3.solver.check(literals);
    late = watchdog_->disarm();
  } catch (...) {
    if (watchdog_->disarm()) {
      reason_ = "timeout";
      return CheckResult::Timeout;
    }
    throw;
  }
  interrupted_ = late;
  if (late) {
    // The instance has been told to give up: nothing it says is taken, and nothing more is asked.
    reason_ = "timeout";
    return CheckResult::Timeout;
  }
  switch (answer) {
    case z3::sat:
      return accept_model(z3, conditions);
    case z3::unsat: {
      std::vector<std::uint32_t> core(z3.facts.begin(), z3.facts.end());
      for (const z3::expr& e : z3.solver.unsat_core())
        if (auto it = back.find(Z3_get_ast_id(z3.ctx, e)); it != back.end())
          core.push_back(it->second);
      if (!core.empty()) cores_->by_last.emplace(*std::max_element(core.begin(), core.end()), core);
      return CheckResult::Unsat;
    }
    case z3::unknown:
      break;
  }
  reason_ = z3.solver.reason_unknown();
  return reason_ == "timeout" || reason_ == "canceled" ? CheckResult::Timeout
                                                       : CheckResult::Unknown;
}

CheckResult Solver::ask(const std::vector<Term>& conditions) {
  if (expired()) {
    reason_ = "deadline";
    return CheckResult::Timeout;
  }
  ++stats_.queries;
  const auto start = Clock::now();
  CheckResult result = CheckResult::Error;
  // The incremental instance first, briefly; a hard query is better off alone in a fresh one, where
  // everything is a fact and is simplified as such.
  const unsigned limit = time_left(start);
  const unsigned first = std::min(limit, options_.incremental_ms);
  try {
    if (first != 0) {
      prepare(conditions);
      result = question(*z3_, conditions, first);
    }
  } catch (const z3::exception& e) {
    reason_ = e.msg();
    result = CheckResult::Error;
  }
  const bool settled = result == CheckResult::Sat || result == CheckResult::Unsat;
  if (!settled || interrupted_) z3_.reset();  // an interrupted instance is not reused
  if (!settled && !briefly_ && first < limit && !expired()) {
    try {
      reason_.clear();
      ++stats_.alone;
      Z3 fresh;
      for (const Term& t : conditions) {
        fresh.solver.add(fresh.translate(t));
        fresh.facts.insert(t.node()->id);
      }
      result = question(fresh, conditions, time_left(Clock::now()));
    } catch (const z3::exception& e) {
      reason_ = e.msg();
      result = CheckResult::Error;
    }
  }
  (result == CheckResult::Sat     ? stats_.sat
   : result == CheckResult::Unsat ? stats_.unsat
                                  : stats_.unknown) += 1;
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  stats_.seconds += took;
  stats_.slowest = std::max(stats_.slowest, took);
  if (options_.on_slow_query && took >= options_.slow_seconds)
    options_.on_slow_query(conditions, result, took);
  return result;
}

}  // namespace sgproof::smt

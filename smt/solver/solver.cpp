#include "smt/solver/solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "model/error.hpp"
#include "smt/solver/case_split.hpp"
#include "smt/solver/contradiction.hpp"
#include "smt/solver/neighbours.hpp"
#include "smt/solver/second_solver.hpp"
#include "smt/solver/z3_instance.hpp"

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

/// Earlier unsatisfiable sets of node ids, found by their smallest member: a superset is Unsat too.
struct Solver::UnsatCore {
  std::unordered_multimap<std::uint32_t, std::vector<std::uint32_t>> by_last;
};

/// An instance that is kept from query to query.
struct Solver::Kept {
  Theory theory;
  std::unique_ptr<Z3Instance> instance{};
  unsigned patience = 4;  // queries in a row before a condition becomes a fact
};

Solver::Solver(Terms& terms, SolverOptions options)
    : terms_(terms),
      options_(std::move(options)),
      cores_(std::make_unique<UnsatCore>()),
      integers_(std::make_unique<Kept>(Kept{Theory::Integers})),
      bits_(std::make_unique<Kept>(Kept{Theory::BitVectors})),
      watchdog_(std::make_unique<Watchdog>(options_.stopped)),
      hard_(Theory::Integers) {}
Solver::~Solver() = default;

void Solver::push() { scopes_.push_back(assertions_.size()); }
void Solver::pop() {
  if (scopes_.empty())
    throw Error(ErrorKind::Unsupported, "SGP-E0322", "solve", "pop without push");
  assertions_.resize(scopes_.back());
  scopes_.pop_back();
}
void Solver::add(const Term& condition) {
  if (condition.width() != 1)
    throw Error(ErrorKind::Unsupported, "SGP-E0323", "solve", "asserted term is not a boolean");
  assertions_.push_back(condition);
}

bool Solver::expired() const {
  return (options_.deadline && Clock::now() >= *options_.deadline) ||
         (options_.stopped && options_.stopped());
}

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
  effort_ = Effort::Brief;
  const CheckResult result = check(assumptions, extra);
  effort_ = Effort::Full;
  return result;
}

CheckResult Solver::check_at_once(const Term& condition) {
  effort_ = Effort::Least;
  const CheckResult result = check({condition});
  effort_ = Effort::Full;
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
  if (auto found = neighbour(models_, conditions)) {
    ++stats_.neighbours;
    last_ = std::move(found);
    remember(last_);
    return CheckResult::Sat;
  }
  return ask(conditions);
}

void Solver::remember(const std::shared_ptr<Model>& model) {
  models_.push_front(model);
  if (models_.size() > options_.model_cache) models_.pop_back();
}

/// The instance that is kept for the theory, fit for the query. Conditions that every query of late
/// had become facts of it; a query without one of them starts a new instance.
Z3Instance& Solver::kept(Kept& kept, const std::vector<Term>& conditions) {
  if (kept.instance) {
    const bool fits = kept.instance->fits(conditions);
    if (!fits) kept.patience = std::min(kept.patience * 2, 64U);
    if (!fits || kept.instance->definitions() > options_.max_definitions) {
      kept.instance.reset();
      ++stats_.restarts;
    }
  }
  if (!kept.instance) kept.instance = std::make_unique<Z3Instance>(terms_, kept.theory);
  kept.instance->learn(conditions, kept.patience);
  return *kept.instance;
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

CheckResult Solver::question(Z3Instance& z3, const std::vector<Term>& conditions,
                             unsigned limit_ms) {
  const auto limit = std::chrono::milliseconds(limit_ms);
  const auto at = std::min(options_.deadline.value_or(Clock::time_point::max()),
                           Clock::now() + 10 * limit + std::chrono::seconds(1));
  const Z3Answer answer = z3.check(conditions, *watchdog_, limit, at);
  usable_ = answer.usable;
  reason_ = answer.reason;
  if (answer.result == CheckResult::Sat) {
    last_ = answer.model;
    remember(last_);
  }
  core_.clear();
  if (answer.result == CheckResult::Unsat) core_ = answer.core;
  return answer.result;
}

/// Asks the kept instance of the theory.
CheckResult Solver::ask_kept(Kept& in, const std::vector<Term>& conditions, unsigned limit_ms) {
  CheckResult result = CheckResult::Error;
  try {
    result = question(kept(in, conditions), conditions, limit_ms);
    if (!usable_) in.instance.reset();
  } catch (const z3::exception& e) {
    reason_ = e.msg();
    in.instance.reset();
  }
  return result;
}

/// Asks an instance of its own, where everything is a fact and is simplified as such.
CheckResult Solver::ask_alone(Theory theory, const std::vector<Term>& conditions, unsigned limit_ms,
                              unsigned seed) {
  ++stats_.alone;
  try {
    Z3Instance fresh(terms_, theory, seed);
    fresh.add_facts(conditions);
    return question(fresh, conditions, limit_ms);
  } catch (const z3::exception& e) {
    reason_ = e.msg();
    return CheckResult::Error;
  }
}

/// Asks for each side of a choice apart, and for parts of these, until each is decided.
CheckResult Solver::ask_in_cases(const std::vector<Term>& conditions, double& seconds_left) {
  const auto choice = most_used_choice(conditions);
  if (!choice) return CheckResult::Unknown;
  for (const Term& side : {*choice, bv_not(*choice)}) {
    const auto parts = assuming(conditions, side);
    if (parts.size() == 1 && parts.front().is_false()) continue;
    if (parts.empty() || expired() || seconds_left <= 0) return CheckResult::Unknown;
    ++stats_.cases;
    const auto start = Clock::now();
    CheckResult result = ask_alone(Theory::BitVectorsOnce, parts, options_.case_ms);
    if (result != CheckResult::Sat && result != CheckResult::Unsat && !expired())
      result = ask_alone(Theory::Integers, parts, options_.case_ms);
    seconds_left -= std::chrono::duration<double>(Clock::now() - start).count();
    if (result != CheckResult::Sat && result != CheckResult::Unsat)
      result = ask_in_cases(parts, seconds_left);
    if (result != CheckResult::Unsat) return result;
  }
  return CheckResult::Unsat;
}

bool Solver::settled(CheckResult result) const {
  return result == CheckResult::Sat || result == CheckResult::Unsat || expired();
}

/// Asks those that are kept, unless they have not answered for a while: most questions are short
/// for an instance that knows much of them already.
CheckResult Solver::ask_those_kept(const std::vector<Term>& conditions, unsigned limit_ms) {
  if (in_vain_ >= kPatience && stats_.queries % kPatience != 0) return CheckResult::Unknown;
  CheckResult result = ask_kept(*integers_, conditions, limit_ms);
  // what integers leave open, bits decide; what takes them long is better off alone
  if (result == CheckResult::Unknown && effort_ != Effort::Least && !expired())
    result =
        ask_kept(*bits_, conditions, std::min(options_.incremental_ms, time_left(Clock::now())));
  in_vain_ = settled(result) ? 0 : in_vain_ + 1;
  return result;
}

/// Asks instances of their own, for longer each time.
CheckResult Solver::ask_those_alone(const std::vector<Term>& conditions, unsigned most_ms) {
  const unsigned first = options_.incremental_ms, last = std::max(first, most_ms / 4);
  CheckResult result = CheckResult::Unknown;
  for (const unsigned patience : {first, 4 * first, 16 * first, last}) {
    if (effort_ == Effort::Brief && patience > 4 * first) break;
    // a question about integers that takes long is often short with other seeds
    for (const unsigned seed : {1U, 2U, 3U}) {
      if (patience != last || settled(result)) break;
      result = ask_alone(Theory::Integers, conditions, std::min(last, 16 * first), seed);
    }
    // hard questions of one run are alike: what answered the last goes first
    const auto other = hard_ == Theory::Integers ? Theory::BitVectorsOnce : Theory::Integers;
    for (const Theory theory : {hard_, other}) {
      if (settled(result)) return result;
      if (effort_ == Effort::Brief && patience > first && theory == Theory::Integers) continue;
      // and is given more time than to be interrupted just before it answers again
      const bool again = patience == first && theory == hard_ && effort_ == Effort::Full;
      result = ask_alone(theory, conditions, std::min(last, again ? 3 * patience : patience));
      if (settled(result)) hard_ = theory;
    }
  }
  return result;
}

/// Asks the second solver about what an Unsat seems to rest on, then about each side of a choice
/// apart, `splits` times over.
SecondSolverAnswer Solver::second_opinion(const std::vector<Term>& conditions, unsigned splits) {
  const auto parts = contradiction(terms_, conditions, *watchdog_);
  auto answer = options_.second->check(to_smt2(parts), Trouble::Little, options_.stopped);
  if (answer.result == CheckResult::Sat) throw SolversDisagree(to_smt2(parts));
  if (answer.result == CheckResult::Unsat) return answer;
  const auto choice = splits != 0 ? most_used_choice(parts) : std::nullopt;
  if (!choice) return answer;
  for (const Term& side : {*choice, bv_not(*choice)}) {
    const auto rest = assuming(parts, side);
    if (expired()) return {CheckResult::Timeout, 0, {}};  // one side is no answer
    if (rest.size() == 1 && rest.front().is_false())
      answer.result = CheckResult::Unsat;
    else
      answer = second_opinion(rest, splits - 1);
    if (answer.result != CheckResult::Unsat) break;
  }
  return answer;
}

/// An Unsat, if the second solver agrees.
CheckResult Solver::confirmed(const std::vector<Term>& conditions) {
  const bool full = effort_ == Effort::Full;
  auto answer = second_opinion(conditions, full ? kSecondSplits : 0);
  if (answer.result != CheckResult::Unsat && full && !expired()) {
    const auto question = to_smt2(contradiction(terms_, conditions, *watchdog_));
    answer = options_.second->check(question, Trouble::Great, options_.stopped);
    if (answer.result == CheckResult::Sat) throw SolversDisagree(question);
  }
  core_.clear();  // the second solver has not seen that these are enough
  if (answer.result == CheckResult::Unsat) {
    ++stats_.confirmed;
    return CheckResult::Unsat;
  }
  ++stats_.unconfirmed;
  reason_ = fmt::format("the second solver answers {}", to_string(answer.result));
  if (answer.result == CheckResult::Error) reason_ += ": " + answer.output.substr(0, 200);
  return CheckResult::Unknown;
}

CheckResult Solver::ask(const std::vector<Term>& conditions) {
  if (expired()) {
    reason_ = "deadline";
    return CheckResult::Timeout;
  }
  ++stats_.queries;
  const auto start = Clock::now();
  const unsigned limit = time_left(start);
  const bool short_of_time = limit <= options_.incremental_ms;
  CheckResult result =
      ask_those_kept(conditions, short_of_time ? limit : std::min(limit, options_.kept_ms));
  if (!settled(result) && effort_ != Effort::Least && !short_of_time)
    result = ask_those_alone(conditions, limit);
  if (!settled(result) && effort_ == Effort::Full && !short_of_time) {
    double left = 1e-3 * limit;
    result = ask_in_cases(conditions, left);
    core_.clear();  // of the last case alone
    const bool holds =
        result != CheckResult::Sat || std::all_of(conditions.begin(), conditions.end(),
                                                  [&](const Term& t) { return last_->holds(t); });
    if (!holds) result = CheckResult::Unknown;
  }
  if (!settled(result) && effort_ == Effort::Full && !short_of_time)
    result = ask_alone(Theory::BitVectors, conditions, time_left(Clock::now()));
  if (result == CheckResult::Unsat && options_.second) result = confirmed(conditions);
  if (result == CheckResult::Unsat && !core_.empty())
    cores_->by_last.emplace(*std::max_element(core_.begin(), core_.end()), core_);
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

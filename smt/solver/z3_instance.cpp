#include "smt/solver/z3_instance.hpp"

#include <algorithm>

#include "model/error.hpp"
#include "smt/solver/integer_translate.hpp"
#include "smt/solver/z3_translate.hpp"

namespace sgproof::smt {

u128 z3_value(const z3::expr& e) {
  if (e.is_bool()) return e.is_true() ? 1 : 0;
  const std::string s = Z3_get_numeral_string(e.ctx(), e);  // decimal
  u128 v = 0;
  for (char c : s) {
    if (c < '0' || c > '9')
      throw Error(ErrorKind::Unsupported, "SGP-E0325", "read model", "not a numeral: " + s);
    v = v * 10 + static_cast<unsigned>(c - '0');
  }
  return v;
}

namespace {

/// For one question in which everything is a fact: unlike a solver that is kept, it may solve
/// equations and leave out what nothing else depends on before it turns to bits.
z3::solver bits_once(z3::context& context) {
  z3::tactic all(context, "simplify");
  for (const char* name :
       {"propagate-values", "solve-eqs", "elim-uncnstr", "simplify", "bit-blast", "sat"})
    all = all & z3::tactic(context, name);
  return all.mk_solver();
}

/// Z3's older solver of arithmetic decides sums of many choices several times faster than its newer
/// one (4.8.12).
z3::solver integers(z3::context& context, unsigned seed) {
  z3::solver solver(context, z3::solver::simple());
  z3::params parameters(context);
  parameters.set("arith.solver", 2U);
  parameters.set("random_seed", seed);
  solver.set(parameters);
  return solver;
}

z3::solver new_solver(z3::context& context, Theory theory, unsigned seed) {
  switch (theory) {
    case Theory::Integers:
      return integers(context, seed);
    case Theory::BitVectorsOnce:
      return bits_once(context);
    case Theory::BitVectors:
      break;
  }
  return {context, "QF_BV"};
}

}  // namespace

Z3Instance::Z3Instance(const Terms& terms, Theory theory, unsigned seed)
    : terms_(terms), theory_(theory), solver_(new_solver(ctx_, theory, seed)) {
  if (theory == Theory::Integers)
    translate_ = std::make_unique<IntegerTranslator>(
        ctx_, [this](const z3::expr& definition) { solver_.add(definition); });
  else
    translate_ = std::make_unique<BitVectorTranslator>(ctx_);
}

z3::expr Z3Instance::literal(const Term& t) {
  const std::uint32_t id = t.node()->id;
  if (const auto it = literals_.find(id); it != literals_.end()) return it->second;
  const z3::expr p(ctx_, Z3_mk_fresh_const(ctx_, "p", ctx_.bool_sort()));
  solver_.add(z3::implies(p, (*translate_)(t)));
  literals_.emplace(id, p);
  return p;
}

bool Z3Instance::fits(const std::vector<Term>& conditions) const {
  std::unordered_set<std::uint32_t> ids;
  for (const Term& t : conditions) ids.insert(t.node()->id);
  return std::all_of(facts_.begin(), facts_.end(),
                     [&](std::uint32_t id) { return ids.count(id) != 0; });
}

void Z3Instance::add_facts(const std::vector<Term>& conditions) {
  for (const Term& t : conditions) translate_->take_for_granted(t);
  for (const Term& t : conditions) {
    solver_.add((*translate_)(t));
    facts_.insert(t.node()->id);
  }
}

void Z3Instance::learn(const std::vector<Term>& conditions, unsigned patience) {
  std::unordered_map<std::uint32_t, unsigned> streak;
  std::vector<Term> facts;
  for (const Term& t : conditions) {
    const std::uint32_t id = t.node()->id;
    if (facts_.count(id) != 0) continue;
    const auto it = streak_.find(id);
    const unsigned n = it == streak_.end() ? 1 : it->second + 1;
    if (n > patience)
      facts.push_back(t);
    else
      streak[id] = n;
  }
  add_facts(facts);
  streak_ = std::move(streak);
}

/// Reads Z3's model of the symbols and evaluates the query under it with our own evaluator.
Z3Answer Z3Instance::accept_model(const std::vector<Term>& conditions) {
  Z3Answer answer;
  const auto m = std::make_shared<Model>(terms_);
  const z3::model zm = solver_.get_model();
  for (unsigned i = 0; i < zm.num_consts(); ++i) {
    const z3::func_decl d = zm.get_const_decl(i);
    if (const auto index = translate_->variable_of(d))
      m->set(*index, z3_value(zm.get_const_interp(d)));
  }
  const bool holds =
      std::all_of(conditions.begin(), conditions.end(), [&](const Term& t) { return m->holds(t); });
  if (holds) {
    answer.result = CheckResult::Sat;
    answer.model = m;
    return answer;
  }
  // As integers an operation may have been left open; as bits everything is exact, but tactics may
  // not rebuild the values of what they left out.
  answer.result = theory_ == Theory::BitVectors ? CheckResult::Error : CheckResult::Unknown;
  answer.reason = "Z3's model does not satisfy the query";
  return answer;
}

Z3Answer Z3Instance::check(const std::vector<Term>& conditions, Watchdog& watchdog,
                           std::chrono::milliseconds processor_time,
                           Watchdog::Clock::time_point at) {
  z3::expr_vector literals(ctx_);
  std::unordered_map<unsigned, std::uint32_t> back;  // literal's ast id -> node id
  for (const Term& t : conditions) {
    if (facts_.count(t.node()->id) != 0) continue;
    const z3::expr l = literal(t);
    back.emplace(Z3_get_ast_id(ctx_, l), t.node()->id);
    literals.push_back(l);
  }
  Z3Answer answer;
  watchdog.arm(processor_time, at, [this] { ctx_.interrupt(); });
  z3::check_result result = z3::unknown;
  bool late = false;
  try {
    result = solver_.check(literals);
    late = watchdog.disarm();
  } catch (...) {
    late = watchdog.disarm();
    if (!late) throw;
  }
  if (late) {
    // The instance has been told to give up: nothing it says is taken, and nothing more is asked.
    answer.result = CheckResult::Timeout;
    answer.reason = "timeout";
    answer.usable = false;
    return answer;
  }
  if (result == z3::sat) return accept_model(conditions);
  if (result == z3::unsat) {
    answer.result = CheckResult::Unsat;
    answer.core.assign(facts_.begin(), facts_.end());
    for (const z3::expr& e : solver_.unsat_core())
      if (const auto it = back.find(Z3_get_ast_id(ctx_, e)); it != back.end())
        answer.core.push_back(it->second);
    return answer;
  }
  answer.reason = solver_.reason_unknown();
  answer.result = answer.reason == "timeout" || answer.reason == "canceled" ? CheckResult::Timeout
                                                                            : CheckResult::Unknown;
  return answer;
}

}  // namespace sgproof::smt

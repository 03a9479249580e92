#include "smt/obligations/family_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/error.hpp"
#include "smt/obligations/world.hpp"
#include "smt/solver/second_solver.hpp"

namespace sgproof::smt {
namespace {

using exec::End;
using exec::EndKind;

Term conjunction(const std::vector<Term>& conditions) {
  Term all = Term::boolean(true);
  for (const Term& c : conditions) all = bv_and(all, c);
  return all;
}

/// The inputs as a path has them: one that it follows for a single value is that number.
SymbolicInputs followed(const SymbolicInputs& inputs, const std::vector<Term>& path) {
  SymbolicInputs result = inputs;
  for (const Term& condition : path) {
    if (condition.is_const() || condition.node()->op != Op::Eq) continue;
    const Term &a = condition.node()->arg[0], &b = condition.node()->arg[1];
    if (a.is_const() == b.is_const()) continue;
    const Term &value = a.is_const() ? a : b, &symbol = a.is_const() ? b : a;
    const Term word = zext(symbol, 64);
    for (Term& input : result.words)
      if (input.same(word)) input = zext(value, 64);
  }
  return result;
}

unsigned concrete_step(const Term& step) {
  return step.is_const() ? static_cast<unsigned>(step.value()) : 0;
}

/// The events of an ended path; undefined behaviour that ended it is an event as well, and so is a
/// loop that went round too often.
std::vector<RunEvent> events_of(const End<Term>& end) {
  std::vector<RunEvent> events;
  for (const auto& e : end.events) {
    if (!e->kind.is_const())
      throw Error(ErrorKind::Unsupported, "SGP-E0302", "prove", "an event of symbolic kind");
    events.push_back({e->guard,
                      static_cast<sgp_event_kind>(e->kind.value()),
                      concrete_step(e->step),
                      {e->a, e->b, e->c, e->d, e->ret},
                      e->where.function,
                      e->where.file,
                      e->where.line});
  }
  const auto ended_by = [&](sgp_event_kind kind) {
    events.push_back({Term::boolean(true),
                      kind,
                      concrete_step(end.step),
                      {},
                      end.where.function,
                      end.where.file,
                      end.where.line});
  };
  if (end.kind == EndKind::Finding) {
    const bool memory = std::string_view(exec::invariant_of(end.finding)) == "SAF-1";
    ended_by(memory ? SGP_EV_OOPS : SGP_EV_UNDEF);
  }
  // perhaps: the prover executes the input before it says so
  if (end.kind == EndKind::Inconclusive && end.reason == exec::Inconclusive::LoopNotUnrolled)
    ended_by(SGP_EV_ENDLESS);
  return events;
}

}  // namespace

SolverOptions solver_options(const ProveOptions& options) {
  SolverOptions result;
  result.query_timeout_ms = options.query_timeout_ms;
  result.deadline = options.deadline;
  result.stopped = options.stopped;
  if (!options.second_solver.empty())
    result.second = std::make_shared<SecondSolver>(options.second_solver);
  return result;
}

exec::Options executor_options(const ProveOptions& options) {
  exec::Options result;
  result.merge = options.merge;
  result.loop_bound = options.loop_bound;
  result.deadline = options.deadline;
  result.part = options.part;
  return result;
}

namespace {

exec::Options for_family(exec::Options options, const model::Family& family) {
  if (family.loop_bound != 0) options.loop_bound = family.loop_bound;
  return options;
}

}  // namespace

FamilyRun::FamilyRun(const Bitcode& bitcode, const model::Facts& facts, const model::Family& family,
                     const exec::Options& options, Terms& terms, Solver& solver)
    : facts_(facts),
      family_(family),
      inputs_(symbolic_inputs(terms, family)),
      domain_(solver),
      executor_(bitcode.module(), domain_, for_family(options, family)) {
  const std::uint64_t scenario =
      executor_.add_object("scenario", sizeof(sgp_scenario), exec::Initial::Zero);
  report_ = executor_.add_object("report", sizeof(sgp_report), exec::Initial::Zero);
  add_page_array(executor_, facts);
  if (family.any_length) add_list_array(executor_, facts);
  for (std::size_t i = 0; i < inputs_.words.size(); ++i)
    if (!inputs_.words[i].is_zero()) executor_.write(scenario + 8 * i, inputs_.words[i]);
  for (const Term& range : inputs_.ranges) executor_.assume(range);
  const unsigned bits = static_cast<unsigned>(facts.at("WORD_BITS"));
  result_ =
      executor_.run("sgp_run", {Term::constant(bits, scenario), Term::constant(bits, report_)});
  for (const auto& end : result_.ends) collect(end);
}

Term FamilyRun::word(const End<Term>& end, std::size_t index) {
  const auto value = executor_.read(end, report_ + 8 * index, 8);
  if (!value)
    throw Error(ErrorKind::Unsupported, "SGP-E0302", "prove", "the report cannot be read");
  return value->bits;
}

std::string FamilyRun::inconclusive() const {
  for (const auto& end : result_.ends)
    if (end.kind == EndKind::Inconclusive)
      return fmt::format("{}: {} in {}", exec::to_string(end.reason), end.text,
                         exec::to_string(end.where));
  return result_.returned() == 0 ? "no path completed" : "";
}

std::vector<Observed> FamilyRun::observed() {
  std::vector<Observed> all;
  for (const auto& end : result_.ends) {
    Observed o{conjunction(end.path), {}, events_of(end)};
    for (std::size_t i = 0; i < sizeof(sgp_report) / 8; ++i) o.words.push_back(word(end, i));
    all.push_back(std::move(o));
  }
  return all;
}

sgp_scenario FamilyRun::scenario_of(const Model& model) const {
  sgp_scenario scenario = smt::scenario_of(family_, inputs_, model);
  const auto it = std::ranges::find_if(pages_, [&](const auto& p) { return model.holds(p.path); });
  if (it == pages_.end()) return scenario;
  for (std::size_t j = 0; j < it->phys.size(); ++j)
    if (model.eval(it->pointer[j]) != 0)
      scenario.world.pages[j].pfn =
          static_cast<std::uint64_t>(model.eval(it->phys[j])) >> facts_.at("PAGE_SHIFT");
  return scenario;
}

void FamilyRun::collect(const End<Term>& end) {
  const Term path = conjunction(end.path);
  const auto read = [&](std::size_t i) { return word(end, i); };
  const auto trace =
      symbolic_trace(facts_, family_, followed(inputs_, end.path), read, events_of(end));
  ReportedPages reported{path, {}, {}};
  for (const auto& page : trace.pages) {
    reported.pointer.push_back(page.pointer.term);
    reported.phys.push_back(page.phys.term);
  }
  pages_.push_back(std::move(reported));
  for (const auto& check : model::judge_all(trace)) {
    const Term applies = bv_and(path, check.applies.term);
    if (applies.is_false()) continue;
    const Term fails = bv_and(applies, check.truth.fails.term);
    const Term unknown =
        bv_and(applies, bv_not(bv_or(check.truth.holds.term, check.truth.fails.term)));
    std::vector<Term> lemmas;
    for (const auto& lemma : check.lemmas) lemmas.push_back(lemma.term);
    checks_[{std::string(check.invariant), std::string(check.clause), std::string(check.function)}]
        .push_back({check.subject, std::string(check.subject.field), applies, fails, unknown,
                    std::move(lemmas)});
  }
}

}  // namespace sgproof::smt

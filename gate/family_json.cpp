#include "gate/family_json.hpp"

#include <stdexcept>

#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

using nlohmann::json;

json location(const exec::Location& l) { return json::array({l.function, l.file, l.line}); }
exec::Location location(const json& j) {
  return {j.at(0).get<std::string>(), j.at(1).get<std::string>(), j.at(2).get<unsigned>()};
}

json counterexample(const smt::Counterexample& c) {
  return {{"scenario", model::to_json(c.scenario)},
          {"roles", c.roles},
          {"inputs", c.inputs},
          {"family", c.family},
          {"step", c.step},
          {"entry", c.entry},
          {"field", c.field}};
}
smt::Counterexample counterexample(const json& j) {
  return {model::scenario_from_json(j.at("scenario")),
          j.at("roles").get<std::set<std::string>>(),
          j.at("inputs").get<std::set<std::string>>(),
          j.at("family").get<std::string>(),
          j.at("step").get<unsigned>(),
          j.at("entry").get<int>(),
          j.at("field").get<std::string>()};
}

smt::Outcome outcome(const std::string& name) {
  for (const auto o : {smt::Outcome::Inconclusive, smt::Outcome::Vacuous, smt::Outcome::Proved,
                       smt::Outcome::Refuted})
    if (name == smt::to_string(o)) return o;
  throw std::runtime_error("no outcome: " + name);
}

}  // namespace

json to_json(const smt::FamilyResult& r) {
  json claims = json::array();
  for (const auto& [id, c] : r.claims) {
    json examples = json::array();
    for (const auto& e : c.counterexamples) examples.push_back(counterexample(e));
    claims.push_back({{"invariant", id.invariant},
                      {"clause", id.clause},
                      {"function", id.function},
                      {"outcome", smt::to_string(c.outcome)},
                      {"reason", c.reason},
                      {"max_nents", c.max_nents},
                      {"scopes", c.scopes},
                      {"queries", c.queries},
                      {"paths", c.paths},
                      {"seconds", c.seconds},
                      {"smt2", c.smt2},
                      {"counterexamples", examples}});
  }
  json lines = json::array(), sides = json::array(), arbitrary = json::array();
  for (const auto& l : r.coverage.lines) lines.push_back(location(l));
  for (const auto& b : r.coverage.branches)
    sides.push_back({location(b.where), b.side, b.feasible, b.refuted});
  for (const auto& a : r.arbitrary) arbitrary.push_back({a.function, location(a.where)});
  return {{"assumptions", r.assumptions},
          {"family", r.family},
          {"claims", claims},
          {"lines", lines},
          {"sides", sides},
          {"arbitrary", arbitrary},
          {"complete", r.complete},
          {"problems", r.problems},
          {"paths", r.paths},
          {"instructions", r.instructions},
          {"merges", r.merges},
          {"queries", r.queries},
          {"seconds", r.seconds},
          {"solver_seconds", r.solver_seconds}};
}

smt::FamilyResult family_from_json(const json& j) {
  smt::FamilyResult r;
  r.family = j.at("family").get<std::string>();
  for (const json& c : j.at("claims")) {
    smt::ClaimResult claim;
    claim.outcome = outcome(c.at("outcome").get<std::string>());
    claim.reason = c.at("reason").get<std::string>();
    claim.max_nents = c.at("max_nents").get<unsigned>();
    claim.scopes = c.at("scopes").get<std::set<std::string>>();
    claim.queries = c.at("queries").get<std::uint64_t>();
    claim.paths = c.at("paths").get<std::uint64_t>();
    claim.seconds = c.at("seconds").get<double>();
    claim.smt2 = c.at("smt2").get<std::vector<std::string>>();
    for (const json& e : c.at("counterexamples"))
      claim.counterexamples.push_back(counterexample(e));
    r.claims[{c.at("invariant").get<std::string>(), c.at("clause").get<std::string>(),
              c.at("function").get<std::string>()}] = std::move(claim);
  }
  for (const json& l : j.at("lines")) r.coverage.lines.insert(location(l));
  for (const json& b : j.at("sides"))
    r.coverage.branches.push_back(
        {location(b.at(0)), b.at(1).get<unsigned>(), b.at(2).get<bool>(), b.at(3).get<bool>()});
  for (const json& a : j.at("arbitrary"))
    r.arbitrary.insert({a.at(0).get<std::string>(), location(a.at(1))});
  r.problems = j.at("problems").get<std::vector<std::string>>();
  r.assumptions = j.at("assumptions").get<std::set<std::string>>();
  r.complete = j.at("complete").get<bool>();
  r.paths = j.at("paths").get<std::size_t>();
  r.instructions = j.at("instructions").get<std::uint64_t>();
  r.merges = j.at("merges").get<std::uint64_t>();
  r.queries = j.at("queries").get<std::uint64_t>();
  r.seconds = j.at("seconds").get<double>();
  r.solver_seconds = j.at("solver_seconds").get<double>();
  return r;
}

json request_json(const FamilyRequest& r) {
  json known = json::array();
  for (const auto& [clause, sets] : r.known) known.push_back({clause.first, clause.second, sets});
  return {{"bitcode", r.bitcode.string()},
          {"values", r.facts.values},
          {"kconfig", r.facts.kconfig},
          {"max_nents", r.max_nents},
          {"family", r.family},
          {"known", known},
          {"seconds", r.seconds},
          {"query_timeout_ms", r.options.query_timeout_ms},
          {"max_counterexamples", r.options.max_counterexamples},
          {"loop_bound", r.options.loop_bound},
          {"part", {r.options.part.choices, r.options.part.number}},
          {"smt2_dir", r.options.smt2_dir.string()},
          {"second_solver", r.options.second_solver}};
}

FamilyRequest request_from_json(const json& j) {
  FamilyRequest r;
  r.bitcode = j.at("bitcode").get<std::string>();
  r.facts.values = j.at("values").get<std::map<std::string, std::uint64_t>>();
  r.facts.kconfig = j.at("kconfig").get<std::map<std::string, std::string>>();
  r.max_nents = j.at("max_nents").get<unsigned>();
  r.family = j.at("family").get<std::string>();
  for (const json& k : j.at("known"))
    r.known[{k.at(0).get<std::string>(), k.at(1).get<std::string>()}] =
        k.at(2).get<std::vector<std::set<std::string>>>();
  r.seconds = j.at("seconds").get<double>();
  r.options.query_timeout_ms = j.at("query_timeout_ms").get<unsigned>();
  r.options.max_counterexamples = j.at("max_counterexamples").get<std::size_t>();
  r.options.loop_bound = j.at("loop_bound").get<unsigned>();
  r.options.part = {j.at("part").at(0).get<unsigned>(), j.at("part").at(1).get<unsigned>()};
  r.options.smt2_dir = j.at("smt2_dir").get<std::string>();
  r.options.second_solver = j.at("second_solver").get<std::string>();
  return r;
}

bool cacheable(const smt::FamilyResult& result) {
  if (!result.complete || result.claims.empty()) return false;
  for (const auto& [id, claim] : result.claims)
    if (claim.outcome == smt::Outcome::Inconclusive) return false;
  return true;
}

}  // namespace sgproof::gate

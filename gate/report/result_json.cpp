#include "gate/report/json_fields.hpp"
#include "gate/report/result.hpp"

namespace sgproof::gate {
namespace {

constexpr const char* kSchema = "sgproof-result/1";
constexpr fields::Blame kBlame{"SGP-E0602", "result"};

}  // namespace

// Members in the order of docs/result-format.md; found by fields::Writer and fields::Reader through
// the argument's namespace.
template <class V>
void visit(V& v, const SourceLine& x) {
  v("file", x.file), v("line", x.line);
}
template <class V>
void visit(V& v, const Finding& x) {
  v("id", x.id), v("invariant", x.invariant), v("clause", x.clause), v("status", x.status);
  v("function", x.function), v("file", x.file), v("line", x.line), v("config", x.config);
  v("engine", x.engine), v("message", x.message), v("counterexample", x.counterexample);
  v("replay", x.replay), v("replay_reason", x.replay_reason), v("reexecution", x.reexecution);
  v("subject", x.subject), v("expected", x.expected), v("observed", x.observed);
  v("input", x.input), v("non_neutral", x.non_neutral), v("source_lines", x.source_lines);
  v("call_chain", x.call_chain), v("waiver", x.waiver);
}
template <class V>
void visit_why(V& v, const Why& x) {
  v("reason", x.reason), v("reason_subject", x.subject), v("reason_detail", x.detail);
}
template <class V>
void visit(V& v, const BaseOutcome& x) {
  v("outcome", x.outcome), visit_why(v, x.why), v("nents", x.nents);
}
template <class V>
void visit(V& v, const Obligation& x) {
  v("invariant", x.invariant), v("clause", x.clause), v("function", x.function);
  v("config", x.config), v("family", x.family), v("scope", x.scope), v("nents", x.nents);
  v("outcome", x.outcome), visit_why(v, x.why), v("assumptions", x.assumptions);
  v("paths", x.paths), v("seconds", x.seconds), v("smt2", x.smt2), v("cached", x.cached);
  v("repeats", x.repeats);
  v("base", x.base);
}
template <class V>
void visit(V& v, const Assumption& x) {
  v("name", x.name), v("text", x.text);
}
template <class V>
void visit(V& v, const Alarm& x) {
  v("kind", x.kind), v("invariant", x.invariant), v("clause", x.clause);
  v("function", x.function), v("config", x.config), v("text", x.text);
}
template <class V>
void visit(V& v, const CoverageLine& x) {
  v("file", x.file), v("line", x.line), v("function", x.function), v("config", x.config);
  v("state", x.state), v("reason", x.reason);
}
template <class V>
void visit(V& v, const ChangedPart& x) {
  v("name", x.name), v("line", x.line);
}
template <class V>
void visit(V& v, const ContractFunction& x) {
  v("stands_in", x.stands_in), v("function", x.function), v("file", x.file), v("line", x.line);
  v("code", x.code), v("changed", x.changed), v("parts", x.parts), v("shown_by", x.shown_by);
}
template <class V>
void visit(V& v, const ContractUse& x) {
  v("contract", x.contract), v("config", x.config), v("file", x.file), v("subject", x.subject);
  v("assumes", x.assumes), v("because", x.because), v("functions", x.functions);
}
template <class V>
void visit(V& v, const ReplaySummary& x) {
  v("boots", x.boots), v("vectors", x.vectors), v("confirmed", x.confirmed);
  v("refuted", x.refuted), v("not_replayable", x.not_replayable), v("seconds", x.seconds);
  v("compared", x.compared);
}
template <class V>
void visit(V& v, const ErrorInfo& x) {
  v("kind", x.kind), v("id", x.id), v("stage", x.stage), v("file", x.file), v("line", x.line);
  v("message", x.message), v("hint", x.hint);
}
template <class V>
void visit(V& v, const LeftOut& x) {
  v("config", x.config), v("reason", x.reason);
}
template <class V>
void visit(V& v, const Cause& x) {
  v("kind", x.kind), v("text", x.text);
}
template <class V>
void visit(V& v, const NotProved& x) {
  v("clause", x.clause), v("function", x.function), v("family", x.family);
  v("outcome", x.outcome), v("reason", x.reason), v("counterexamples", x.counterexamples);
  v("waivers", x.waivers);
}
template <class V>
void visit(V& v, const Cell& x) {
  v("config", x.config), v("outcome", x.outcome), v("proved", x.proved);
  v("audited", x.audited), v("tested", x.tested), v("known", x.known);
  v("inconclusive", x.inconclusive), v("refuted", x.refuted);
  v("least_nents", x.least_nents), v("most_nents", x.most_nents), v("families", x.families);
  v("assumptions", x.assumptions), v("not_proved", x.not_proved);
}
template <class V>
void visit(V& v, const Row& x) {
  v("invariant", x.invariant), v("cells", x.cells);
}
template <class V>
void visit(V& v, const Table& x) {
  v("configs", x.configs), v("rows", x.rows), v("not_judged", x.not_judged);
}
template <class V>
void visit(V& v, const Result& x) {
  v("verdict", x.verdict), v("causes", x.causes), v("kernel", x.kernel);
  v("kernel_version", x.kernel_version), v("series", x.series), v("patches", x.patches);
  v("configs", x.configs), v("left_out", x.left_out), v("strict", x.strict),
      v("findings", x.findings);
  v("obligations", x.obligations), v("timings", x.timings), v("assumptions", x.assumptions);
  v("trusted", x.trusted), v("contracts", x.contracts), v("soundness_alarms", x.soundness_alarms),
      v("coverage", x.coverage);
  v("replay_summary", x.replay_summary), v("sgproof_version", x.sgproof_version);
  v("solver_version", x.solver_version), v("second_solver_version", x.second_solver_version);
  v("error", x.error), v("table", x.table);
}

nlohmann::json to_json(const Result& result) {
  fields::Writer w;
  w("schema", std::string(kSchema));
  w("exit_code", static_cast<unsigned>(result.exit_code));
  visit(w, result);
  return w.out;
}

Result result_from_json(const nlohmann::json& json) {
  fields::Reader r(kBlame, json, "");
  if (r.get("schema") != kSchema)
    fields::refuse(kBlame, "/schema", fmt::format("must be \"{}\"", kSchema));
  Result result;
  unsigned code = 0;
  r("exit_code", code);
  if (code > 3) fields::refuse(kBlame, "/exit_code", "must be 0 to 3");
  result.exit_code = static_cast<ExitCode>(code);
  visit(r, result);
  r.finish();
  return result;
}

Result parse_result(const std::string& text) {
  return result_from_json(fields::parse_strict(kBlame, text));
}

}  // namespace sgproof::gate

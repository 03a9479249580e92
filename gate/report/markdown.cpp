#include <fmt/format.h>

#include <array>

#include "gate/report/contract_words.hpp"
#include "gate/report/escape.hpp"
#include "gate/report/report.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/table_report.hpp"

namespace sgproof::gate {
namespace {

std::string text(std::string_view bytes) { return markdown_text(bytes); }
std::string code(std::string_view bytes) { return markdown_code(bytes); }

void item(std::string& out, std::string_view label, const std::string& value) {
  if (!value.empty()) out += fmt::format("- {}: {}\n", label, value);
}

std::string code_or_nothing(const std::string& value) { return value.empty() ? "" : code(value); }

void finding(std::string& out, const Finding& f) {
  out += fmt::format("### {} {} {} of {}\n\n", name(f.status), text(f.invariant), text(f.clause),
                     code(f.function));
  if (!f.message.empty()) out += text(f.message) + "\n\n";
  item(out, "kernel line", code_or_nothing(place(f.file, f.line)));
  item(out, "configuration", code_or_nothing(f.config));
  item(out, "where", text(f.subject));
  item(out, "expected", f.expected ? code(*f.expected) : "");
  item(out, "observed", f.observed ? code(*f.observed) : "");
  for (const std::string& input : f.non_neutral) item(out, "not neutral", text(input));
  item(out, "found by",
       fmt::format("{}, concrete execution: {}", name(f.engine), name(f.reexecution)));
  item(out, "replay", text(replay_words(f)));
  for (const std::string& caller : f.call_chain) item(out, "called from", code(caller));
  item(out, "waiver", text(f.waiver));
  item(out, "counterexample", code_or_nothing(f.counterexample));
  if (!f.input.empty()) {
    out += "\nInput:\n\n";
    for (std::size_t i = 0; i < f.input.size(); ++i)
      out += fmt::format("{}. {}\n", i + 1, text(f.input[i]));
  }
  out += "\n";
}

void obligations(std::string& out, const Result& r, const std::string& config) {
  const auto list = obligations_of(r, config);
  out += fmt::format("## Configuration {}\n\n{}\n\n", code(config), count(list).words());
  if (list.empty()) return;
  out +=
      "| invariant | clause | function | scope | outcome | reason | paths | s |\n"
      "|---|---|---|---|---|---|--:|--:|\n";
  for (const Obligation* o : list)
    out += fmt::format("| {} | {} | {} | {} | {}{} | {} | {} | {:.2f} |\n", text(o->invariant),
                       text(o->clause), code(o->function), text(o->scope), name(o->outcome),
                       o->cached ? " (cached)" : "", text(words(o->why)), o->paths, o->seconds);
  out += "\n";
}

void coverage(std::string& out, const Result& r) {
  if (r.coverage.empty()) return;
  out += "## Lines that the series changes\n\n";
  for (const auto& [state, n] : coverage_counts(r))
    out += fmt::format("- {}: {}\n", name(state), n);
  out += "\n";
  for (const CoverageLine& c : r.coverage)
    if (c.state != CoverageState::Reached && c.state != CoverageState::BitcodeUnchanged)
      out += fmt::format("- {} {} in {} ({}): {}\n", name(c.state), code(place(c.file, c.line)),
                         code(c.function), code(c.config),
                         c.reason.empty() ? "no reason" : text(c.reason));
  out += "\n";
}

void contracts(std::string& out, const Result& r) {
  const auto lines = changed_contracts(r.contracts);
  if (lines.empty()) return;
  out += "## Environment contracts whose code the series changes\n\n";
  for (const std::string& line : lines) out += fmt::format("- {}\n", text(line));
  out += "\n";
}

void footer(std::string& out, const Result& r) {
  if (!r.assumptions.empty()) {
    out += "## Assumptions\n\n";
    for (const Assumption& a : r.assumptions)
      out += fmt::format("- {}: {}\n", code(a.name), text(a.text));
    out += "\n";
  }
  if (!r.trusted.empty()) {
    out += "## Trusted\n\n";
    for (const std::string& what : r.trusted) out += fmt::format("- {}\n", text(what));
    out += "\n";
  }
  if (!r.timings.empty()) {
    out += "## Time\n\n";
    for (const auto& [stage, seconds] : r.timings)
      out += fmt::format("- {}: {:.1f} s\n", name(stage), seconds);
    out += "\n";
  }
}

}  // namespace

std::string markdown_report(const Result& r) {
  std::string out = fmt::format("# {}\n\n", text(closing_line(r)));
  item(out, "kernel", code_or_nothing(r.kernel));
  item(out, "version", code_or_nothing(r.kernel_version));
  item(out, "series", r.series.empty() ? "none: the tree itself is judged" : code(r.series));
  item(out, "sgproof", text(r.sgproof_version));
  item(out, "solver", text(r.solver_version));
  item(out, "second solver", text(r.second_solver_version));
  out += "\n";
  if (r.error) {
    out += fmt::format("**{}** in stage {}: {}\n\n", text(r.error->id), text(r.error->stage),
                       text(r.error->message));
    item(out, "input", code_or_nothing(place(r.error->file, r.error->line)));
    item(out, "what to do", text(r.error->hint));
    out += "\n";
  }
  for (const Alarm& a : r.soundness_alarms)
    out += fmt::format("**Soundness alarm** ({}): {} {} of {} in {}: {}\n\n", name(a.kind),
                       text(a.invariant), text(a.clause), code(a.function), code(a.config),
                       text(a.text));
  if (!r.causes.empty()) {
    out += "Because:\n\n";
    for (const Cause& c : r.causes) out += fmt::format("- {}: {}\n", name(c.kind), text(c.text));
    out += "\n";
  }
  if (!r.findings.empty()) out += "## Findings\n\n";
  for (const FindingStatus status : {FindingStatus::New, FindingStatus::Preexisting,
                                     FindingStatus::Waived, FindingStatus::Fixed})
    for (const Finding* f : findings_of(r, status)) finding(out, *f);
  if (!ended_early(r)) out += table_markdown(r.table, 2);
  for (const LeftOut& left : r.left_out)
    out += fmt::format("Left out: {}: {}\n\n", code(left.config), text(left.reason));
  for (const std::string& config : configs_of(r)) obligations(out, r, config);
  coverage(out, r);
  contracts(out, r);
  footer(out, r);
  return out;
}

}  // namespace sgproof::gate

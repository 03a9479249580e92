// One HTML file without scripts or references. pugixml writes it, so every string is escaped.
#include <fmt/format.h>

#include "gate/report/contract_words.hpp"
#include "gate/report/report.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/table_report.hpp"
#include "gate/report/xml.hpp"

namespace sgproof::gate {
namespace {

using pugi::xml_node;

constexpr const char* kStyle =
    "body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #bbb;padding:.2em .5em;text-align:left;vertical-align:top}"
    "code,pre{font-family:monospace;overflow-wrap:anywhere}"
    ".pass,.proved,.tested,.audited,.fixed{color:#175c17}"
    ".fail,.error,.refuted,.new{color:#a01010}"
    ".inconclusive,.preexisting,.waived,.known{color:#8a5a00}"
    "section{border-left:3px solid #bbb;padding-left:1em;margin:1em 0}";

/// HTML knows no empty element such as <td/>: an empty text becomes a dash.
std::string shown(const std::string& text) { return text.empty() ? "–" : text; }

xml_node add(xml_node parent, const char* tag, const std::string& text) {
  return xml::element(parent, tag, shown(text));
}

void row(xml_node table, const char* tag, const std::vector<std::string>& cells) {
  xml_node tr = table.append_child("tr");
  for (const std::string& cell : cells) add(tr, tag, cell);
}

/// A two-column table of what is known; empty values are left out.
class Facts {
 public:
  explicit Facts(xml_node parent) : table_(parent.append_child("table")) {}
  void item(const std::string& label, const std::string& value) {
    if (!value.empty()) row(table_, "td", {label, value});
  }

 private:
  xml_node table_;
};

void list(xml_node parent, const char* tag, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  xml_node node = parent.append_child(tag);
  for (const std::string& line : lines) add(node, "li", line);
}

void finding(xml_node body, const Finding& f) {
  xml_node section = body.append_child("section");
  xml::attribute(section, "id", f.id + "@" + f.config);
  xml::attribute(
      add(section, "h3",
          fmt::format("{}: {} {} of {}", name(f.status), f.invariant, f.clause, f.function)),
      "class", name(f.status));
  add(section, "p", f.message);
  Facts facts(section);
  facts.item("kernel line", place(f.file, f.line));
  facts.item("configuration", f.config);
  facts.item("where", f.subject);
  facts.item("expected", f.expected.value_or(""));
  facts.item("observed", f.observed.value_or(""));
  facts.item("not neutral", fmt::format("{}", fmt::join(f.non_neutral, ", ")));
  facts.item("found by",
             fmt::format("{}; concrete execution: {}", name(f.engine), name(f.reexecution)));
  facts.item("replay", replay_words(f));
  facts.item("waiver", f.waiver);
  facts.item("counterexample", f.counterexample);
  if (!f.input.empty()) add(section, "p", "Input:");
  list(section, "ol", f.input);
  if (!f.call_chain.empty()) add(section, "p", "Called from:");
  list(section, "ul", f.call_chain);
}

/// Invariants by configuration. A cell's title says under which assumptions, and in which families
/// of scenarios, it was proved.
void cells(xml_node body, const Table& t) {
  xml_node table = body.append_child("table");
  std::vector<std::string> head{"invariant"};
  head.insert(head.end(), t.configs.begin(), t.configs.end());
  row(table, "th", head);
  for (const Row& r : t.rows) {
    xml_node tr = table.append_child("tr");
    add(tr, "th", r.invariant);
    for (const Cell& cell : r.cells) {
      const auto scope = scope_words(cell);
      xml_node td = add(tr, "td", counts_words(cell) + (scope.empty() ? "" : "; " + scope));
      xml::attribute(td, "class", name(cell.outcome));
      if (cell.proved > 0)
        xml::attribute(td, "title",
                       fmt::format("proved in {}; assumptions: {}", fmt::join(cell.families, ", "),
                                   fmt::join(cell.assumptions, ", ")));
    }
  }
}

void invariants(xml_node body, const Result& r) {
  if (ended_early(r) || r.table.rows.empty()) return;
  add(body, "h2", "Invariants and configurations");
  cells(body, r.table);
  if (const auto words = not_judged_words(r.table); !words.empty()) add(body, "p", words);
  for (const LeftOut& left : r.left_out)
    add(body, "p", fmt::format("left out: {}: {}", left.config, left.reason));
  add(body, "h3", "Not proved");
  const auto lines = not_proved(r.table);
  if (lines.empty()) add(body, "p", "Nothing: all of it is proved.");
  if (lines.empty()) return;
  xml_node table = body.append_child("table");
  row(table, "th", {"outcome", "invariant", "clause", "function", "configurations", "reason"});
  for (const NotProvedLine& line : lines) {
    row(table, "td",
        {words(line.outcome), line.invariant, line.clause, line.function,
         fmt::format("{}", fmt::join(line.configs, ", ")), reason_words(line)});
    xml::attribute(table.last_child(), "class", name(line.outcome));
  }
}

void configuration(xml_node body, const Result& r, const std::string& config) {
  const auto obligations = obligations_of(r, config);
  add(body, "h2", fmt::format("Configuration {}: {}", config, count(obligations).words()));
  if (obligations.empty()) return;
  xml_node table = body.append_child("table");
  row(table, "th", {"invariant", "clause", "function", "scope", "outcome", "reason", "paths", "s"});
  for (const Obligation* o : obligations) {
    row(table, "td",
        {o->invariant, o->clause, o->function, o->scope,
         std::string(name(o->outcome)) + (o->cached ? " (cached)" : ""), words(o->why),
         std::to_string(o->paths), fmt::format("{:.2f}", o->seconds)});
    xml::attribute(table.last_child(), "class", name(o->outcome));
  }
}

void coverage(xml_node body, const Result& r) {
  if (r.coverage.empty()) return;
  add(body, "h2", "Lines that the series changes");
  xml_node table = body.append_child("table");
  row(table, "th", {"line", "function", "configuration", "state", "reason"});
  for (const CoverageLine& c : r.coverage)
    row(table, "td",
        {place(c.file, c.line), c.function, c.config, std::string(name(c.state)), c.reason});
}

void contracts(xml_node body, const Result& r) {
  if (r.contracts.empty()) return;
  add(body, "h2", "Environment contracts");
  const auto changed = changed_contracts(r.contracts);
  if (!changed.empty()) add(body, "p", "The series changes what these stand for:");
  list(body, "ul", changed);
  xml_node table = body.append_child("table");
  row(table, "th", {"contract", "configuration", "assumes", "stands for", "code"});
  for (const ContractUse& use : r.contracts)
    for (const ContractFunction& f : use.functions)
      row(table, "td",
          {fmt::format("{} ({})", use.contract, use.file), use.config, use.assumes,
           f.function.empty() ? f.stands_in
                              : fmt::format("{} ({})", f.function, place(f.file, f.line)),
           std::string(name(f.code)) + (f.changed ? ", changed" : "")});
}

void overview(xml_node body, const Result& r) {
  xml::attribute(add(body, "h1", closing_line(r)), "class", name(r.verdict));
  Facts facts(body);
  facts.item("kernel", r.kernel);
  facts.item("version", r.kernel_version);
  facts.item("series", r.series.empty() ? "none: the tree itself is judged" : r.series);
  facts.item("patches", fmt::format("{}", fmt::join(r.patches, ", ")));
  facts.item("sgproof", r.sgproof_version);
  facts.item("solver", r.solver_version);
  facts.item("second solver", r.second_solver_version);
  for (const auto& [stage, seconds] : r.timings)
    facts.item(fmt::format("time: {}", name(stage)), fmt::format("{:.1f} s", seconds));
  if (r.error) {
    xml::attribute(add(body, "h2", fmt::format("{} in stage {}", r.error->id, r.error->stage)),
                   "class", "error");
    add(body, "p", r.error->message);
    Facts error(body);
    error.item("input", place(r.error->file, r.error->line));
    error.item("what to do", r.error->hint);
  }
  for (const Alarm& a : r.soundness_alarms)
    xml::attribute(add(body, "p",
                       fmt::format("Soundness alarm: {}: {} {} of {} in {}: {}", name(a.kind),
                                   a.invariant, a.clause, a.function, a.config, a.text)),
                   "class", "error");
  std::vector<std::string> causes;
  for (const Cause& c : r.causes) causes.push_back(fmt::format("{}: {}", name(c.kind), c.text));
  list(body, "ul", causes);
}

}  // namespace

std::string html_report(const Result& result) {
  pugi::xml_document document;
  document.append_child(pugi::node_doctype).set_value("html");
  xml_node html = document.append_child("html");
  xml::attribute(html, "lang", "en");
  xml_node head = html.append_child("head");
  xml::attribute(head.append_child("meta"), "charset", "utf-8");
  add(head, "title", closing_line(result));
  add(head, "style", kStyle);
  xml_node body = html.append_child("body");
  overview(body, result);
  if (!result.findings.empty()) add(body, "h2", "Findings");
  for (const FindingStatus status : {FindingStatus::New, FindingStatus::Preexisting,
                                     FindingStatus::Waived, FindingStatus::Fixed})
    for (const Finding* f : findings_of(result, status)) finding(body, *f);
  invariants(body, result);
  for (const std::string& config : configs_of(result)) configuration(body, result, config);
  coverage(body, result);
  contracts(body, result);
  std::vector<std::string> assumptions;
  for (const Assumption& a : result.assumptions) assumptions.push_back(a.name + ": " + a.text);
  if (!assumptions.empty()) add(body, "h2", "Assumptions");
  list(body, "ul", assumptions);
  if (!result.trusted.empty()) add(body, "h2", "Trusted");
  list(body, "ul", result.trusted);
  return xml::text_of(document, pugi::format_raw | pugi::format_no_declaration) + "\n";
}

}  // namespace sgproof::gate

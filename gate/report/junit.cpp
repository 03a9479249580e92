#include <fmt/format.h>

#include "gate/report/report.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/verdict.hpp"
#include "gate/report/xml.hpp"

namespace sgproof::gate {
namespace {

struct Totals {
  unsigned tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const Totals& other) {
    tests += other.tests, failures += other.failures, errors += other.errors;
    skipped += other.skipped, seconds += other.seconds;
  }
  void store(pugi::xml_node node) const {
    node.append_attribute("tests").set_value(tests);
    node.append_attribute("failures").set_value(failures);
    node.append_attribute("errors").set_value(errors);
    node.append_attribute("skipped").set_value(skipped);
    xml::attribute(node, "time", fmt::format("{:.3f}", seconds));
  }
};

pugi::xml_node add_case(pugi::xml_node suite, const std::string& classname, const std::string& name,
                        double seconds, Totals& totals) {
  pugi::xml_node node = xml::element(suite, "testcase");
  xml::attribute(node, "classname", classname);
  xml::attribute(node, "name", name);
  xml::attribute(node, "time", fmt::format("{:.3f}", seconds));
  ++totals.tests;
  totals.seconds += seconds;
  return node;
}

void skip(pugi::xml_node node, std::string_view why, Totals& totals) {
  xml::attribute(xml::element(node, "skipped"), "message", why);
  ++totals.skipped;
}

void fail(pugi::xml_node node, const char* tag, std::string_view type, std::string_view message,
          const std::string& text, unsigned& counter) {
  pugi::xml_node failure = xml::element(node, tag, text);
  xml::attribute(failure, "type", type);
  xml::attribute(failure, "message", message);
  ++counter;
}

void obligation(pugi::xml_node suite, const Result& r, const Obligation& o, Totals& totals) {
  pugi::xml_node node = add_case(
      suite, fmt::format("{}.{}", o.config, o.invariant),
      fmt::format("{} {}{}{}", o.clause, o.function, o.family.empty() ? "" : " ", o.family),
      o.seconds, totals);
  if (same_as_on_base(o)) return skip(node, "inconclusive as on the base: " + words(o.why), totals);
  if (refuted_only_by_known(r, o))
    return skip(node, "violated only as on the base or as waived", totals);
  if (o.outcome == Outcome::Refuted)
    fail(node, "failure", "refuted", "refuted", o.scope, totals.failures);
  if (o.outcome == Outcome::Inconclusive)
    fail(node, "error", name(o.why.reason), words(o.why), o.scope, totals.errors);
}

void finding(pugi::xml_node suite, const Result& r, const Finding& f, Totals& totals) {
  pugi::xml_node node =
      add_case(suite, fmt::format("{}.finding.{}", f.config, name(f.status)), f.id, 0, totals);
  std::string text = fmt::format("{} {} of {} at {}\n{}\n", f.invariant, f.clause, f.function,
                                 place(f.file, f.line), f.message);
  for (const std::string& line : f.input) text += line + "\n";
  text += fmt::format("expected {}, observed {}\nreplay {}\n", f.expected.value_or("–"),
                      f.observed.value_or("–"), replay_words(f));
  if (counts(r, f)) return fail(node, "failure", f.invariant, f.message, text, totals.failures);
  xml::element(node, "system-out", text);
}

}  // namespace

std::string junit_report(const Result& result) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  xml::attribute(declaration, "version", "1.0");
  xml::attribute(declaration, "encoding", "UTF-8");
  pugi::xml_node suites = document.append_child("testsuites");
  xml::attribute(suites, "name", "sgproof");
  Totals all;
  for (const std::string& config : configs_of(result)) {
    pugi::xml_node suite = xml::element(suites, "testsuite");
    xml::attribute(suite, "name", config);
    Totals totals;
    for (const Obligation* o : obligations_of(result, config))
      obligation(suite, result, *o, totals);
    for (const Finding& f : result.findings)
      if (f.config == config) finding(suite, result, f, totals);
    totals.store(suite);
    all.add(totals);
  }
  pugi::xml_node suite = xml::element(suites, "testsuite");
  xml::attribute(suite, "name", "verdict");
  Totals totals;
  pugi::xml_node node = add_case(suite, "sgproof", "verdict", 0, totals);
  std::string why;
  for (const Cause& c : result.causes) why += fmt::format("{}: {}\n", name(c.kind), c.text);
  if (result.verdict == Verdict::Fail)
    fail(node, "failure", "fail", closing_line(result), why, totals.failures);
  else if (result.verdict != Verdict::Pass)
    fail(node, "error", name(result.verdict), closing_line(result), why, totals.errors);
  totals.store(suite);
  all.add(totals);
  all.store(suites);
  return xml::text_of(document, pugi::format_indent);
}

}  // namespace sgproof::gate

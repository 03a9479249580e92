// SARIF 2.1.0 (OASIS standard): https://docs.oasis-open.org/sarif/sarif/v2.1.0/
#include <fmt/format.h>

#include <algorithm>

#include "gate/report/escape.hpp"
#include "gate/report/report.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/verdict.hpp"

namespace sgproof::gate {
namespace {

using nlohmann::json;

/// Rules are the invariants; results refer to them by index.
class Rules {
 public:
  std::size_t index(const std::string& invariant) {
    const auto it = std::find(ids_.begin(), ids_.end(), invariant);
    if (it != ids_.end()) return static_cast<std::size_t>(it - ids_.begin());
    ids_.push_back(invariant);
    return ids_.size() - 1;
  }
  [[nodiscard]] json list() const {
    json rules = json::array();
    for (const std::string& id : ids_)
      rules.push_back(
          {{"id", utf8(id)}, {"shortDescription", {{"text", utf8("invariant " + id)}}}});
    return rules;
  }

 private:
  std::vector<std::string> ids_;
};

json message(std::string_view text) { return {{"text", utf8(text)}}; }

json location(const std::string& file, int line, const std::string& function) {
  json where = json::object();
  if (!file.empty()) {
    where["physicalLocation"]["artifactLocation"] = {{"uri", uri_path(file)},
                                                     {"uriBaseId", "KERNEL"}};
    if (line > 0) where["physicalLocation"]["region"]["startLine"] = line;
  }
  if (!function.empty())
    where["logicalLocations"] = json::array({{{"name", utf8(function)}, {"kind", "function"}}});
  return where;
}

std::string_view baseline_state(FindingStatus status) {
  switch (status) {
    case FindingStatus::New:
      return "new";
    case FindingStatus::Fixed:
      return "absent";
    case FindingStatus::Preexisting:
    case FindingStatus::Waived:
      break;
  }
  return "unchanged";
}

json result_of(const Result& r, const Finding& f, Rules& rules) {
  std::string text =
      fmt::format("{} {} of {} in {}: {}", f.invariant, f.clause, f.function, f.config, f.message);
  if (f.expected) text += ". Expected " + *f.expected;
  if (f.observed) text += ", observed " + *f.observed;
  text += ". Replay: " + replay_words(f);
  json out = {{"ruleId", utf8(f.invariant)},
              {"ruleIndex", rules.index(f.invariant)},
              {"kind", "fail"},
              {"level", counts(r, f) ? "error" : "note"},
              {"message", message(text)},
              {"locations", json::array({location(f.file, f.line, f.function)})},
              {"partialFingerprints", {{"sgproofFinding/1", utf8(f.id + "@" + f.config)}}}};
  if (!r.series.empty()) out["baselineState"] = baseline_state(f.status);
  if (f.status == FindingStatus::Waived)
    out["suppressions"] =
        json::array({{{"kind", "external"}, {"justification", utf8("waiver " + f.waiver)}}});
  if (!f.source_lines.empty()) {
    json steps = json::array();
    for (const SourceLine& s : f.source_lines)
      steps.push_back({{"location", location(s.file, s.line, "")}});
    out["codeFlows"] = json::array({{{"threadFlows", json::array({{{"locations", steps}}})}}});
  }
  json input = json::array();
  for (const std::string& line : f.input) input.push_back(utf8(line));
  out["properties"] = {{"clause", utf8(f.clause)},
                       {"config", utf8(f.config)},
                       {"engine", name(f.engine)},
                       {"status", name(f.status)},
                       {"replay", name(f.replay)},
                       {"input", input},
                       {"counterexample", utf8(f.counterexample)}};
  return out;
}

json result_of(const Obligation& o, Rules& rules) {
  return {{"ruleId", utf8(o.invariant)},
          {"ruleIndex", rules.index(o.invariant)},
          {"kind", "open"},
          {"level", "none"},
          {"message", message(fmt::format("{} {} of {} in {} is inconclusive: {}", o.invariant,
                                          o.clause, o.function, o.config, words(o.why)))},
          {"locations", json::array({location("", 0, o.function)})}};
}

json notification(std::string_view level, const std::string& id, const std::string& text) {
  return {{"level", level}, {"descriptor", {{"id", utf8(id)}}}, {"message", message(text)}};
}

json invocation(const Result& r) {
  json notes = json::array();
  if (r.error) {
    json note =
        notification("error", r.error->id, fmt::format("{}: {}", r.error->stage, r.error->message));
    if (!r.error->file.empty())
      note["locations"] = json::array(
          {{{"physicalLocation", {{"artifactLocation", {{"uri", uri_path(r.error->file)}}}}}}});
    notes.push_back(std::move(note));
  }
  for (const Alarm& a : r.soundness_alarms)
    notes.push_back(notification("error", std::string(name(a.kind)), a.text));
  for (const Cause& c : r.causes)
    notes.push_back(notification("note", std::string(name(c.kind)), c.text));
  return {{"executionSuccessful", r.verdict == Verdict::Pass || r.verdict == Verdict::Fail},
          {"exitCode", static_cast<unsigned>(r.exit_code)},
          {"toolExecutionNotifications", std::move(notes)}};
}

}  // namespace

std::string sarif_report(const Result& result) {
  Rules rules;
  json results = json::array();
  for (const Finding& f : result.findings) results.push_back(result_of(result, f, rules));
  for (const Obligation& o : result.obligations)
    if (o.outcome == Outcome::Inconclusive && !same_as_on_base(o))
      results.push_back(result_of(o, rules));
  const json driver = {
      {"name", "sgproof"}, {"version", utf8(result.sgproof_version)}, {"rules", rules.list()}};
  const json run = {{"tool", {{"driver", driver}}},
                    {"columnKind", "utf16CodeUnits"},
                    {"originalUriBaseIds",
                     {{"KERNEL", {{"description", message("the kernel tree: " + result.kernel)}}}}},
                    {"invocations", json::array({invocation(result)})},
                    {"results", std::move(results)},
                    {"properties", {{"verdict", name(result.verdict)}}}};
  const json sarif = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", json::array({run})}};
  return sarif.dump(2) + "\n";
}

}  // namespace sgproof::gate

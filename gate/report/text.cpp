// The report for a terminal. Every string of unknown origin goes through one_line().
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "gate/report/contract_words.hpp"
#include "gate/report/escape.hpp"
#include "gate/report/report.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/table_report.hpp"

namespace sgproof::gate {
namespace {

constexpr std::array kStatusOrder = {FindingStatus::New, FindingStatus::Preexisting,
                                     FindingStatus::Waived, FindingStatus::Fixed};

constexpr std::size_t kNamed = 8;  // items of one kind that are listed one by one

class Text {
 public:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_ += one_line(fmt::format(format, std::forward<Args>(args)...));
    out_ += '\n';
  }
  /// A line "  label:  value", left out where the value is empty.
  void item(std::string_view label, const std::string& value) {
    if (!value.empty()) line("  {:<16}{}", fmt::format("{}:", label), value);
  }
  void blank() { out_ += '\n'; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Follows from the error of a run that ended early.
bool follows_from_error(CauseKind kind) {
  return kind == CauseKind::InputError || kind == CauseKind::UnsupportedError ||
         kind == CauseKind::NothingShown || kind == CauseKind::ManifestEmpty ||
         kind == CauseKind::ManifestLine;
}

void header(Text& t, const Result& r) {
  t.line("sgproof {}: {}{}{}", r.sgproof_version, r.kernel,
         r.kernel_version.empty() ? "" : fmt::format(" (Linux {})", r.kernel_version),
         r.series.empty() ? ", the tree itself"
                          : fmt::format(" with {} ({} patch{})", r.series, r.patches.size(),
                                        r.patches.size() == 1 ? "" : "es"));
  if (ended_early(r)) return;
  t.item("configurations", fmt::format("{}", fmt::join(configs_of(r), ", ")));
  t.item("solvers", r.second_solver_version.empty()
                        ? r.solver_version
                        : r.solver_version + "; " + r.second_solver_version);
}

void finding(Text& t, const Finding& f) {
  t.blank();
  t.line("{}: {} {}", name(f.status), f.invariant, f.clause);
  t.item("function", f.function);
  t.item("kernel line", place(f.file, f.line));
  t.item("configuration", f.config);
  t.item("what", f.message);
  t.item("where", f.subject);
  if (!f.input.empty()) {
    t.line("  input:");
    for (const std::string& words : f.input) t.line("    {}", words);
  }
  t.item("expected", f.expected.value_or(""));
  t.item("observed", f.observed.value_or(""));
  t.item("not neutral", fmt::format("{}", fmt::join(f.non_neutral, ", ")));
  t.item("found by",
         fmt::format("{}; concrete execution: {}", name(f.engine), name(f.reexecution)));
  t.item("replay", replay_words(f));
  for (const std::string& caller : f.call_chain) t.item("called from", caller);
  t.item("waiver", f.waiver);
  t.item("counterexample", f.counterexample);
}

/// A row per invariant.
void configuration(Text& t, const Result& r, const std::string& config) {
  const auto obligations = obligations_of(r, config);
  t.blank();
  t.line("configuration {}: {}", config, count(obligations).words());
  if (obligations.empty()) return;
  t.line("  {:<10}{:>8}{:>8}{:>9}{:>9}{:>14}  {}", "invariant", "proved", "tested", "audited",
         "refuted", "inconclusive", "scope");
  for (std::size_t i = 0; i < obligations.size();) {
    std::vector<const Obligation*> row;
    unsigned least = ~0U;
    for (; i < obligations.size() &&
           (row.empty() || obligations[i]->invariant == row.front()->invariant);
         ++i) {
      row.push_back(obligations[i]);
      least = std::min(least, obligations[i]->nents);
    }
    const unsigned most = (*std::max_element(row.begin(), row.end(), [](auto* a, auto* b) {
                            return a->nents < b->nents;
                          }))->nents;
    const Counts c = count(row);
    t.line("  {:<10}{:>8}{:>8}{:>9}{:>9}{:>14}  {}", row.front()->invariant, c.of(Outcome::Proved),
           c.of(Outcome::Tested), c.of(Outcome::Audited), c.of(Outcome::Refuted),
           c.of(Outcome::Inconclusive),
           least == most ? nents_words(most)
                         : fmt::format("{} to {}", nents_words(least), nents_words(most)));
  }
}

void table(Text& t, const Result& r) {
  if (ended_early(r)) return;
  const auto lines = table_lines(r.table);
  if (!lines.empty()) t.blank();
  for (const std::string& line : lines) t.line("{}", line);
  for (const LeftOut& left : r.left_out) t.line("left out: {}: {}", left.config, left.reason);
}

void coverage(Text& t, const Result& r) {
  if (r.coverage.empty()) return;
  t.blank();
  std::string text;
  for (const auto& [state, n] : coverage_counts(r))
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, name(state));
  t.line("lines that the series changes: {}", text);
  for (const CoverageLine& c : r.coverage)
    if (c.state != CoverageState::Reached && c.state != CoverageState::BitcodeUnchanged)
      t.line("  {} {} ({}) in {}{}{}", name(c.state), place(c.file, c.line), c.function, c.config,
             c.reason.empty() ? "" : ": ", c.reason);
}

void contracts(Text& t, const Result& r) {
  const auto lines = changed_contracts(r.contracts);
  if (lines.empty()) return;
  t.blank();
  t.line("the series changes what environment contracts stand for:");
  for (const std::string& line : lines) t.line("  {}", line);
}

void rests_on(Text& t, const Result& r) {
  if (!r.assumptions.empty()) {
    t.line("under these assumptions:");
    for (const Assumption& a : r.assumptions) t.line("  {}: {}", a.name, a.text);
  }
  if (!r.trusted.empty()) {
    t.line("trusted:");
    for (const std::string& what : r.trusted) t.line("  {}", what);
  }
}

void footer(Text& t, const Result& r) {
  if (r.replay_summary.vectors > 0)
    t.line("replay: {} inputs in {} boots: {} confirmed, {} refuted, {} not replayable",
           r.replay_summary.vectors, r.replay_summary.boots, r.replay_summary.confirmed,
           r.replay_summary.refuted, r.replay_summary.not_replayable);
  if (!ended_early(r)) rests_on(t, r);
  if (!r.timings.empty()) {
    std::string text;
    for (const auto& [stage, seconds] : r.timings)
      text += fmt::format("{}{} {:.1f} s", text.empty() ? "" : ", ", name(stage), seconds);
    t.line("time: {}", text);
  }
  for (const Alarm& a : r.soundness_alarms)
    t.line("SOUNDNESS ALARM: {}: {} {} of {} in {}: {}", name(a.kind), a.invariant, a.clause,
           a.function, a.config, a.text);
  if (r.error) {
    t.blank();
    const ErrorInfo& e = *r.error;
    t.line("{} in stage {}: {}", e.id, e.stage, e.message);
    t.item("input", place(e.file, e.line));
    t.item("what to do", e.hint);
  }
  std::vector<Cause> causes = r.causes;
  if (ended_early(r))
    std::erase_if(causes, [](const Cause& c) { return follows_from_error(c.kind); });
  if (!causes.empty()) {
    t.line("because:");
    std::map<std::string, std::size_t> said;
    for (const Cause& c : causes)
      if (++said[std::string(name(c.kind))] <= kNamed) t.line("  {}: {}", name(c.kind), c.text);
    for (const auto& [kind, n] : said)
      if (n > kNamed) t.line("  {}: and {} more, see result.json", kind, n - kNamed);
  }
}

}  // namespace

std::string text_report(const Result& result) {
  Text t;
  header(t, result);
  for (const FindingStatus status : kStatusOrder)
    for (const Finding* f : findings_of(result, status)) finding(t, *f);
  if (!ended_early(result))
    for (const std::string& config : configs_of(result)) configuration(t, result, config);
  table(t, result);
  coverage(t, result);
  contracts(t, result);
  t.blank();
  footer(t, result);
  t.line("{}", closing_line(result));
  return t.take();
}

}  // namespace sgproof::gate

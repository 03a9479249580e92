#include "gate/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

namespace sgproof::gate {
namespace {

constexpr std::array kOutcomes = {Outcome::Proved, Outcome::Tested, Outcome::Audited,
                                  Outcome::Refuted, Outcome::Inconclusive};

}  // namespace

std::string natural(const std::string& text) {
  std::string out;
  std::string digits;
  const auto flush = [&] {
    if (!digits.empty() && digits.size() < 8) out += std::string(8 - digits.size(), '0');
    out += digits;
    digits.clear();
  };
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else {
      flush();
      out += c;
    }
  }
  flush();
  return out;
}

bool ended_early(const Result& r) { return r.error && r.obligations.empty() && r.findings.empty(); }

unsigned Counts::of(Outcome outcome) const {
  const auto it = by_outcome.find(outcome);
  return it == by_outcome.end() ? 0 : it->second;
}

unsigned Counts::all() const {
  unsigned sum = 0;
  for (const auto& [outcome, n] : by_outcome) sum += n;
  return sum;
}

std::string Counts::words() const {
  std::string text;
  for (const Outcome outcome : kOutcomes)
    if (const unsigned n = of(outcome); n > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, name(outcome));
  return text.empty() ? "no obligations" : text;
}

Counts count(const std::vector<const Obligation*>& obligations) {
  Counts counts;
  for (const Obligation* o : obligations) ++counts.by_outcome[o->outcome];
  return counts;
}

std::vector<std::string> configs_of(const Result& result) {
  std::vector<std::string> configs;
  const auto add = [&](const std::string& config) {
    if (std::find(configs.begin(), configs.end(), config) == configs.end())
      configs.push_back(config);
  };
  for (const std::string& config : result.configs) add(config);
  for (const Obligation& o : result.obligations) add(o.config);
  for (const Finding& f : result.findings) add(f.config);
  return configs;
}

std::vector<const Obligation*> obligations_of(const Result& result, const std::string& config) {
  std::vector<const Obligation*> some;
  for (const Obligation& o : result.obligations)
    if (o.config == config) some.push_back(&o);
  const auto key = [](const Obligation* o) {
    return std::make_tuple(natural(o->invariant), natural(o->clause), o->function, o->family);
  };
  std::stable_sort(some.begin(), some.end(),
                   [&](const Obligation* a, const Obligation* b) { return key(a) < key(b); });
  return some;
}

std::vector<const Finding*> findings_of(const Result& result, FindingStatus status) {
  std::vector<const Finding*> some;
  for (const Finding& f : result.findings)
    if (f.status == status) some.push_back(&f);
  return some;
}

std::string words(const Why& why) {
  if (why.reason == Reason::None && why.detail.empty()) return "";
  std::string text(name(why.reason));
  if (!why.subject.empty()) text += " (" + why.subject + ")";
  if (!why.detail.empty()) text += ": " + why.detail;
  return text;
}

std::string nents_words(unsigned nents) {
  if (nents == std::numeric_limits<unsigned>::max()) return "every number of entries";
  return fmt::format("up to {} {}", nents, nents == 1 ? "entry" : "entries");
}

std::string place(const std::string& file, int line) {
  return line > 0 ? fmt::format("{}:{}", file, line) : file;
}

std::string closing_line(const Result& result) {
  static constexpr std::array<std::string_view, 4> kLoud = {"INCONCLUSIVE", "PASS", "FAIL",
                                                            "ERROR"};
  std::string text =
      fmt::format("sgproof: {} (exit {}): ", kLoud.at(static_cast<std::size_t>(result.verdict)),
                  static_cast<unsigned>(result.exit_code));
  for (std::size_t i = 0; i < EnumNames<FindingStatus>::list.size(); ++i) {
    const auto n = findings_of(result, static_cast<FindingStatus>(i)).size();
    if (n > 0 || i == 0)
      text += fmt::format("{} {} finding{}, ", n, EnumNames<FindingStatus>::list.at(i),
                          n == 1 ? "" : "s");
  }
  std::vector<const Obligation*> all;
  for (const Obligation& o : result.obligations) all.push_back(&o);
  return text + count(all).words();
}

std::map<CoverageState, unsigned> coverage_counts(const Result& result) {
  std::map<CoverageState, unsigned> counts;
  for (const CoverageLine& c : result.coverage) ++counts[c.state];
  return counts;
}

bool counts(const Result& result, const Finding& finding) {
  return finding.status == FindingStatus::New ||
         (finding.status == FindingStatus::Preexisting && (result.strict || result.series.empty()));
}

bool refuted_only_by_known(const Result& result, const Obligation& o) {
  if (o.outcome != Outcome::Refuted) return false;
  bool known = false;
  for (const Finding& f : result.findings) {
    if (f.invariant != o.invariant || f.clause != o.clause || f.function != o.function ||
        f.config != o.config)
      continue;
    if (counts(result, f)) return false;
    known = known || f.status != FindingStatus::Fixed;
  }
  return known;
}

std::string replay_words(const Finding& finding) {
  std::string text(name(finding.replay));
  if (!finding.replay_reason.empty()) text += ": " + finding.replay_reason;
  return text;
}

}  // namespace sgproof::gate

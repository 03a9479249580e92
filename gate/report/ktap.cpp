// KTAP version 1, as the kernel's own tests print it (Documentation/dev-tools/ktap.rst).
#include <fmt/format.h>

#include "gate/report/escape.hpp"
#include "gate/report/report.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/verdict.hpp"

namespace sgproof::gate {
namespace {

/// A description: '#' starts a directive in KTAP.
std::string description(std::string_view bytes) {
  std::string out;
  for (const char c : one_line(bytes)) {
    if (c == '#' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

struct Case {
  bool ok = false;
  std::string line;      ///< without "ok N "
  std::string diagnose;  ///< a line for people, or empty
};

Case case_of(const Result& result, const Obligation& o) {
  const std::string what = description(fmt::format(
      "{}.{}.{}{}{}", o.invariant, o.clause, o.function, o.family.empty() ? "" : ".", o.family));
  if (same_as_on_base(o)) return {true, what + " # SKIP inconclusive as on the base", words(o.why)};
  if (refuted_only_by_known(result, o))
    return {true, what + " # SKIP violated only as on the base or as waived", ""};
  switch (o.outcome) {
    case Outcome::Proved:
    case Outcome::Tested:
    case Outcome::Audited:
      return {true, what, fmt::format("{}, {}", name(o.outcome), o.scope)};
    case Outcome::Refuted:
      return {false, what, "refuted"};
    case Outcome::Inconclusive:
      break;
  }
  return {false, what, "inconclusive: " + words(o.why)};
}

Case case_of(const Result& result, const Finding& f) {
  const std::string what = description(fmt::format("finding {}", f.id));
  const std::string text = fmt::format("{} {} {} at {}: {}; replay {}", name(f.status), f.invariant,
                                       f.clause, place(f.file, f.line), f.message, replay_words(f));
  return {!counts(result, f), what, text};
}

}  // namespace

std::string ktap_report(const Result& result) {
  const auto configs = configs_of(result);
  std::string out = fmt::format("KTAP version 1\n1..{}\n", configs.size() + 1);
  std::size_t number = 0;
  for (const std::string& config : configs) {
    std::vector<Case> cases;
    for (const Obligation* o : obligations_of(result, config)) cases.push_back(case_of(result, *o));
    for (const Finding& f : result.findings)
      if (f.config == config) cases.push_back(case_of(result, f));
    bool ok = !cases.empty();
    out += fmt::format("    KTAP version 1\n    1..{}\n", cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (!cases[i].diagnose.empty()) out += fmt::format("    # {}\n", one_line(cases[i].diagnose));
      out += fmt::format("    {} {} {}\n", cases[i].ok ? "ok" : "not ok", i + 1, cases[i].line);
      ok = ok && cases[i].ok;
    }
    out += fmt::format("{} {} {}\n", ok ? "ok" : "not ok", ++number, description(config));
  }
  for (const Cause& c : result.causes)
    out += fmt::format("# {}: {}\n", name(c.kind), one_line(c.text));
  out +=
      fmt::format("{} {} verdict\n", result.verdict == Verdict::Pass ? "ok" : "not ok", ++number);
  return out + fmt::format("# {}\n", one_line(closing_line(result)));
}

}  // namespace sgproof::gate

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel-extract/hash.hpp"
#include "score/score.hpp"

namespace sgproof::score {

using nlohmann::json;

double Figures::score() const {
  const auto of = [this](Fate fate) {
    const auto it = fates.find(fate);
    return it == fates.end() ? 0U : it->second;
  };
  const unsigned caught = of(Fate::Caught);
  const unsigned all = caught + of(Fate::Survived) + of(Fate::Inconclusive);
  return all == 0 ? 1.0 : static_cast<double>(caught) / all;
}

Figures figures_of(const std::vector<Judged>& all) {
  Figures f;
  for (const Judged& j : all) {
    if (j.mutant.harmless) {
      if (j.fate == Fate::DoesNotCompile) continue;  // was judged by nobody
      ++f.harmless;
      if (j.fate == Fate::Caught || j.fate == Fate::Inconclusive) f.alarms.push_back(&j);
      continue;
    }
    ++f.fates[j.fate];
    for (const Claim& claim : j.claims) ++f.kills[claim];
    if (j.claims.size() == 1) ++f.alone[*j.claims.begin()];
  }
  return f;
}

json to_json(const Judged& j) {
  const auto list = [](const std::set<Claim>& claims) {
    json out = json::array();
    for (const auto& [invariant, clause] : claims) out.push_back({invariant, clause});
    return out;
  };
  const Mutant& m = j.mutant;
  return {{"id", m.id},
          {"operator", m.op},
          {"function", m.function},
          {"file", m.file},
          {"line", m.line},
          {"last_line", m.last_line},
          {"begin", m.span.begin},
          {"end", m.span.end},
          {"text", m.text},
          {"before", m.before},
          {"after", m.after},
          {"harmless", m.harmless},
          {"fate", name_of(j.fate)},
          {"engines", j.engines},
          {"claims", list(j.claims)},
          {"left_out", list(j.left_out)},
          {"reason", j.reason},
          {"config", j.config},
          {"explanation", j.explanation},
          {"gate", j.gate},
          {"seconds", j.seconds},
          {"stages", j.stages}};
}

Judged judged_from_json(const json& v) {
  Judged j;
  Mutant& m = j.mutant;
  v.at("id").get_to(m.id);
  v.at("operator").get_to(m.op);
  v.at("function").get_to(m.function);
  v.at("file").get_to(m.file);
  v.at("line").get_to(m.line);
  v.at("last_line").get_to(m.last_line);
  v.at("begin").get_to(m.span.begin);
  v.at("end").get_to(m.span.end);
  v.at("text").get_to(m.text);
  v.at("before").get_to(m.before);
  v.at("after").get_to(m.after);
  v.at("harmless").get_to(m.harmless);
  v.at("engines").get_to(j.engines);
  v.at("reason").get_to(j.reason);
  v.at("config").get_to(j.config);
  v.at("explanation").get_to(j.explanation);
  v.at("gate").get_to(j.gate);
  v.at("seconds").get_to(j.seconds);
  v.at("stages").get_to(j.stages);
  for (const json& c : v.at("claims")) j.claims.emplace(c.at(0), c.at(1));
  for (const json& c : v.at("left_out")) j.left_out.emplace(c.at(0), c.at(1));
  const auto fate = v.at("fate").get<std::string>();
  for (const Fate f : {Fate::Inconclusive, Fate::Caught, Fate::Survived, Fate::Equivalent,
                       Fate::NotExercised, Fate::SameCode, Fate::DoesNotCompile})
    if (fate == name_of(f)) {
      j.fate = f;
      return j;
    }
  throw json::other_error::create(501, "no such fate: " + fate, &v);
}

std::vector<Mutant> sample_of(std::vector<Mutant> all, unsigned size, std::uint64_t seed) {
  if (size == 0 || size >= all.size()) return all;
  // the smallest hashes: which mutants there are besides does not change which are taken
  std::vector<std::pair<std::string, std::size_t>> order;
  for (std::size_t i = 0; i < all.size(); ++i)
    order.emplace_back(extract::Hasher().number(seed).field(all[i].id).hex(), i);
  std::sort(order.begin(), order.end());
  order.resize(size);
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<Mutant> out;
  for (const auto& [hash, i] : order) out.push_back(std::move(all[i]));
  return out;
}

namespace {

std::string lines(const Judged& j) {
  const Mutant& m = j.mutant;
  std::string text =
      fmt::format("  {}:{} {} ({}, {})\n    - {}\n    + {}\n", m.file, m.line,
                  m.function.empty() ? "macro" : m.function, m.op, m.id, m.before, m.after);
  if (!j.reason.empty()) text += fmt::format("    {}\n", j.reason);
  if (!j.explanation.empty()) text += fmt::format("    explained: {}\n", j.explanation);
  return text;
}

void list(std::string& text, const std::vector<Judged>& all, Fate fate, const char* title) {
  bool first = true;
  for (const Judged& j : all) {
    if (j.fate != fate || j.mutant.harmless) continue;
    if (first) text += fmt::format("\n{}\n", title);
    first = false;
    text += lines(j);
  }
}

}  // namespace

std::string missed_lines(const std::vector<Judged>& all) {
  std::string text;
  for (const Judged& j : all) {
    if (j.mutant.harmless) continue;
    if (j.fate != Fate::Survived && j.fate != Fate::Inconclusive && j.fate != Fate::NotExercised)
      continue;
    const Mutant& m = j.mutant;
    text += fmt::format("{}:{}: {}: {}: \"{}\" -> \"{}\"{}\n", m.file, m.line, name_of(j.fate),
                        m.op, m.before, m.after, j.reason.empty() ? "" : " (" + j.reason + ")");
  }
  return text;
}

std::string score_text(const std::vector<Judged>& all, const std::vector<Claim>& claims) {
  const Figures f = figures_of(all);
  std::string text;
  if (!f.alarms.empty()) text += "FALSE ALARMS: these changes mean the same\n";
  for (const Judged* j : f.alarms) text += lines(*j);
  list(text, all, Fate::Survived, "survived: nothing noticed these changes");
  list(text, all, Fate::Inconclusive, "inconclusive: the gate would end with 3, without a finding");
  text +=
      fmt::format("\n{:<10} {:<26} {:>7} {:>9}\n", "invariant", "clause", "catches", "it alone");
  for (const Claim& claim : claims) {
    const auto count = [&](const std::map<Claim, unsigned>& in) {
      const auto it = in.find(claim);
      return it == in.end() ? 0U : it->second;
    };
    const unsigned kills = count(f.kills);
    text += fmt::format("{:<10} {:<26} {:>7} {:>9}{}\n", claim.first, claim.second, kills,
                        count(f.alone), kills == 0 ? "  catches nothing" : "");
  }
  std::map<Claim, unsigned> left_out;
  for (const Judged& j : all)
    if (j.fate == Fate::Survived)
      for (const Claim& claim : j.left_out) ++left_out[claim];
  if (!left_out.empty()) text += "\nleft out:\n";
  for (const auto& [claim, n] : left_out)
    text += fmt::format("{:<10} {:<26} {:>7} missed that it would catch\n", claim.first,
                        claim.second, n);
  text += "\n";
  for (const auto& [fate, n] : f.fates) text += fmt::format("{:<18} {:>6}\n", name_of(fate), n);
  text += fmt::format("harmless rewritings: {}, false alarms: {}\n", f.harmless, f.alarms.size());
  text += fmt::format("score: {:.1f} % of {} mutants that are not equivalent\n", 100 * f.score(),
                      std::count_if(all.begin(), all.end(), [](const Judged& j) {
                        if (j.mutant.harmless) return false;
                        return j.fate == Fate::Caught || j.fate == Fate::Survived ||
                               j.fate == Fate::Inconclusive;
                      }));
  return text;
}

}  // namespace sgproof::score

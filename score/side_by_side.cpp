#include "score/side_by_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "gate/family_json.hpp"
#include "gate/session.hpp"
#include "kernel-extract/variants.hpp"
#include "model/error.hpp"
#include "score/parallel.hpp"
#include "smt/obligations/local_equivalence.hpp"

namespace sgproof::score {
namespace {

using Clock = std::chrono::steady_clock;
using Answers = std::vector<smt::Equivalence>;

Answers none(std::size_t count, const std::string& why) {
  return Answers(count, smt::Equivalence{false, why});
}

/// The solver library can crash, and then only what it was asked must be lost.
Answers in_a_process(const SideBySide& what, const std::string& family,
                     const std::filesystem::path& joint,
                     const std::vector<smt::VersionNames>& versions,
                     const extract::Context& context) {
  gate::FamilyRequest ask{
      joint, gate::facts_of(what.original), what.max_nents, family, {}, what.seconds, {}};
  ask.options.query_timeout_ms = 2000;
  auto json = gate::request_json(ask);
  json["versions"] = versions;
  extract::Command command;
  command.argv = {"/proc/self/exe", "compare-family"};
  command.input = json.dump();
  command.deadline = std::chrono::milliseconds(static_cast<long>(what.seconds * 1000) + 30000);
  const auto answer = extract::run_process(command, context.cancel);
  context.cancel.check("compare");
  if (!answer.ok())
    return none(versions.size(),
                fmt::format("the comparison in {} ended with {} {}", family,
                            answer.signal != 0 ? "signal" : "exit code",
                            answer.signal != 0 ? answer.signal : answer.exit_code));
  Answers out;
  for (const auto& entry : nlohmann::json::parse(answer.out))
    out.push_back({entry.at(0).get<bool>(), entry.at(1).get<std::string>()});
  if (out.size() != versions.size()) return none(versions.size(), "not all were compared");
  return out;
}

}  // namespace

Answers side_by_side(const SideBySide& what, const std::vector<const extract::Module*>& variants,
                     const extract::Context& context) {
  if (variants.empty()) return {};
  const auto staging = context.cache.stage();
  const auto file = staging.path() / "joint.bc";
  const auto joined = extract::join_variants(what.original, variants, file, what.levels);
  // proved is what every family proves, and nothing where no family was asked
  Answers out = none(variants.size(), "");
  std::vector<smt::VersionNames> versions;
  for (std::size_t i = 0; i < joined.size(); ++i) {
    versions.push_back(joined[i].names);
    out[i] = {joined[i].problem.empty() && !what.families.empty(), joined[i].problem};
  }
  // What differs on one entry is not asked for on lists, which take much longer.
  const auto compare = [&](const std::function<bool(const model::Family&)>& wanted) {
    std::vector<std::size_t> places;
    std::vector<smt::VersionNames> open;
    for (std::size_t i = 0; i < out.size(); ++i)
      if (out[i].proved) {
        places.push_back(i);
        open.push_back(versions[i]);
      }
    std::vector<std::string> names;
    for (const auto& f : what.families)
      if (wanted(f.family)) names.push_back(f.family.name);
    if (open.empty() || names.empty()) return;
    std::vector<Answers> by_family(names.size());
    for_each_index(names.size(), what.jobs, [&](std::size_t i) {
      // the largest, which are last, first: two threads then end at about the same time
      const std::size_t k = names.size() - 1 - i;
      by_family[k] = in_a_process(what, names[k], file, open, context);
    });
    for (std::size_t k = 0; k < names.size(); ++k)
      for (std::size_t i = 0; i < open.size(); ++i)
        if (smt::Equivalence& answer = out[places[i]]; answer.proved && !by_family[k][i].proved)
          answer = {false, names[k] + ": " + by_family[k][i].reason};
  };
  compare([](const model::Family& f) { return f.nents == 1; });
  compare([](const model::Family& f) { return f.nents != 1; });
  return out;
}

std::string compare_family_process(const std::string& request_text) {
  const auto json = nlohmann::json::parse(request_text);
  gate::FamilyRequest request = gate::request_from_json(json);
  request.options.deadline =
      Clock::now() + std::chrono::milliseconds(static_cast<long>(request.seconds * 1000));
  for (const auto& family : model::families(request.facts, request.max_nents)) {
    if (family.name != request.family) continue;
    const smt::Bitcode joint(request.bitcode);
    nlohmann::json out = nlohmann::json::array();
    for (const auto& answer :
         smt::locally_equivalent(joint, json.at("versions").get<std::vector<smt::VersionNames>>(),
                                 request.facts, family, request.options))
      out.push_back({answer.proved, answer.reason});
    return out.dump();
  }
  throw Error(ErrorKind::Environment, "SGP-E0705", "compare", "no such family: " + request.family);
}

}  // namespace sgproof::score

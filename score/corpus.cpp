#include "score/corpus.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"

namespace sgproof::score {
namespace {

bool lists(const nlohmann::json& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

/// Nothing for a series that is about another kernel or configuration, or about broken input.
std::optional<Mutant> mutant_of(const std::filesystem::path& dir, const std::string& kernel,
                                const std::string& config) {
  const auto expect = nlohmann::json::parse(extract::read_file(dir / "expect.json"));
  const auto verdict = expect.at("verdict").get<std::string>();
  if ((verdict != "pass" && verdict != "fail") || !lists(expect.at("kernel"), kernel) ||
      !lists(expect.at("configs"), config))
    return std::nullopt;
  Mutant m;
  m.op = kSeries;
  m.file = dir.string();
  m.id = extract::Hasher().field(kSeries).field(dir.filename().string()).hex().substr(0, 12);
  m.harmless = verdict == "pass";
  m.before = dir.filename().string();
  m.after = expect.at("why").get<std::string>();
  return m;
}

}  // namespace

std::vector<Mutant> corpus_mutants(const std::filesystem::path& corpus, const std::string& kernel,
                                   const std::string& config) {
  std::vector<Mutant> all;
  for (const auto& entry : std::filesystem::directory_iterator(corpus / "series")) {
    if (!entry.is_directory()) continue;
    try {
      if (auto m = mutant_of(entry.path(), kernel, config)) all.push_back(std::move(*m));
    } catch (const nlohmann::json::exception& e) {
      throw Error(ErrorKind::Environment, "SGP-E0706", "score", e.what())
          .at((entry.path() / "expect.json").string());
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Mutant& a, const Mutant& b) { return a.file < b.file; });
  return all;
}

}  // namespace sgproof::score

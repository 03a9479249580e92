#include "score/explained.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "kernel-extract/fs.hpp"
#include "model/error.hpp"

namespace sgproof::score {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr const char* kBlank = " \t\n";
  const auto begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

std::vector<Explained> read_explained(const std::filesystem::path& file) {
  std::vector<Explained> out;
  try {
    const auto json = nlohmann::json::parse(extract::read_file(file));
    for (const auto& entry : json.at("survivors"))
      out.push_back({entry.at("file"), entry.at("before"), entry.at("after"), entry.at("why")});
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorKind::Environment, "SGP-E0706", "score", e.what()).at(file.string());
  }
  return out;
}

std::string explanation_of(const Mutant& mutant, const std::vector<Explained>& known) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const Explained& e) {
    return e.file == mutant.file && trimmed(e.before) == trimmed(mutant.before) &&
           trimmed(e.after) == trimmed(mutant.after);
  });
  return found == known.end() ? "" : found->why;
}

}  // namespace sgproof::score

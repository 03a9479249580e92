#include "gate/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include "gate/report/json_fields.hpp"
#include "gate/report/outcome.hpp"

namespace sgproof::gate {
namespace {

constexpr const char* kSchema = "sgproof-manifest/1";
constexpr fields::Blame kBlame{"SGP-E0603", "manifest"};

auto key_of(const auto& x) { return std::tie(x.invariant, x.clause, x.function, x.config); }

std::string words(const ManifestLine& line) {
  return fmt::format("manifest line {} {} of {} in {}, {} for at least {} entries", line.invariant,
                     line.clause, line.function, line.config, name(line.least), line.min_nents);
}

ManifestLine line_from(const nlohmann::json& in, const std::string& pointer) {
  fields::Reader r(kBlame, in, pointer);
  ManifestLine line;
  r("invariant", line.invariant), r("clause", line.clause), r("function", line.function);
  r("config", line.config), r("min_nents", line.min_nents);
  if (r.has("outcome")) r("outcome", line.least);
  r.finish();
  for (const std::string* part : {&line.invariant, &line.clause, &line.function, &line.config})
    if (part->empty()) fields::refuse(kBlame, pointer, "has an empty name");
  if (!is_shown(line.least))
    fields::refuse(kBlame, pointer + "/outcome", "must be proved, tested or audited");
  return line;
}

}  // namespace

std::vector<ManifestLine> manifest_from_json(const nlohmann::json& json) {
  fields::Reader r(kBlame, json, "");
  if (r.get("schema") != kSchema)
    fields::refuse(kBlame, "/schema", fmt::format("must be \"{}\"", kSchema));
  const nlohmann::json& array = r.get("lines");
  r.finish();
  if (!array.is_array()) fields::refuse(kBlame, "/lines", "must be an array");
  std::vector<ManifestLine> lines;
  std::set<std::tuple<std::string, std::string, std::string, std::string>> seen;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string pointer = fmt::format("/lines/{}", i);
    lines.push_back(line_from(array[i], pointer));
    if (!seen.insert(key_of(lines.back())).second)
      fields::refuse(kBlame, pointer, "is the same line as an earlier one");
  }
  return lines;
}

std::vector<ManifestLine> read_manifest(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || text.fail())
    throw Error(ErrorKind::Input, kBlame.id, kBlame.stage, "the manifest cannot be read")
        .at(file.string());
  try {
    return manifest_from_json(fields::parse_strict(kBlame, text.str()));
  } catch (Error& error) {
    throw std::move(error).at(file.string());
  }
}

std::vector<ManifestLine> inherited(const std::vector<ManifestLine>& lines,
                                    const std::string& config, const std::string& extends,
                                    const std::vector<std::string>& without) {
  std::vector<ManifestLine> out;
  for (ManifestLine line : lines) {
    if (line.config != extends) continue;
    const std::string family = line.invariant.substr(0, line.invariant.find('-'));
    if (std::ranges::any_of(without, [&](const std::string& name) {
          return name == line.invariant || name == family || name == line.function ||
                 name == line.invariant + " " + line.clause;
        }))
      continue;
    line.config = config;
    out.push_back(std::move(line));
  }
  return out;
}

std::vector<MissingLine> missing(const std::vector<ManifestLine>& lines,
                                 const std::vector<Obligation>& obligations) {
  std::vector<MissingLine> unanswered;
  for (const ManifestLine& line : lines) {
    bool present = false;
    bool at_scope = false;
    bool answered = false;
    unsigned widest = 0;
    for (const Obligation& o : obligations) {
      if (key_of(o) != key_of(line) || o.why.reason == Reason::Vanished) continue;
      present = true;
      widest = std::max(widest, o.nents);
      if (o.nents < line.min_nents) continue;
      at_scope = true;
      answered = answered || !is_shown(o.outcome) || answers(o.outcome, line.least);
    }
    if (answered) continue;
    const auto add = [&](MissingKind kind, const std::string& found) {
      unanswered.push_back({line, kind, found, words(line) + ": " + found});
    };
    if (!present)
      add(MissingKind::Absent, "there is no such obligation");
    else if (!at_scope)
      add(MissingKind::ScopeShrank, fmt::format("only for {} entries", widest));
    else
      add(MissingKind::TooWeak, "shown only in a weaker way");
  }
  return unanswered;
}

}  // namespace sgproof::gate

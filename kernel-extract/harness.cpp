#include "kernel-extract/harness.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>

#include "kernel-extract/config.hpp"
#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

json load_json(const stdfs::path& file, const std::string& schema) {
  const auto parsed = json::parse(try_read_file(file).value_or(""), nullptr, false);
  if (!parsed.is_object() || parsed.value("schema", "") != schema)
    throw Error(ErrorKind::Environment, id::kHarness, "harness",
                fmt::format("{} is absent or damaged (schema {} expected)", file.string(), schema))
        .at(file.string())
        .hint("reinstall sgproof, or correct SGPROOF_HARNESS_DIR");
  return parsed;
}

json load_aliases() {
  const char* own = std::getenv("SGPROOF_ALIASES");
  return load_json(own != nullptr ? own : SGPROOF_ALIASES, "sgproof-aliases/1");
}

std::vector<std::string> strings(const json& object, const char* name) {
  if (!object.contains(name)) return {};
  const auto& value = object.at(name);
  if (value.is_string()) return {value.get<std::string>()};
  return value.get<std::vector<std::string>>();
}

/// Whether the header defines `name` as a function or as a macro (a mere call or comment is none).
bool defines(const std::string& header, const std::string& name) {
  const std::regex macro("(^|\n)[ \t]*#[ \t]*define[ \t]+" + name + "\\b");
  const std::regex function("(^|\n)(static|extern|[a-z_]+)[^;{}()\n]*[ \t*\n]" + name +
                            "[ \t]*\\([^;{}]*\\)[ \t\n]*\\{");
  return std::regex_search(header, macro) || std::regex_search(header, function);
}

/// The text without comments: what is only talked about is not there.
std::string without_comments(const std::string& text) {
  static const std::regex comment("/\\*[^*]*\\*+([^/*][^*]*\\*+)*/|//[^\n]*");
  return std::regex_replace(text, comment, " ");
}

/// `#define MACRO 1` for each feature whose word the tree's header has, else 0.
std::string features(const json& listed, const Tree& tree) {
  std::string out;
  for (const auto& feature : listed) {
    const auto text = read_beneath(tree.path, feature.at("header").get<std::string>());
    const std::regex word("\\b" + feature.at("word").get<std::string>() + "\\b");
    const bool has = text && std::regex_search(without_comments(*text), word);
    out += fmt::format("#define {} {}\n", feature.at("macro").get<std::string>(), has ? 1 : 0);
  }
  return out;
}

}  // namespace

stdfs::path harness_dir() {
  const char* own = std::getenv("SGPROOF_HARNESS_DIR");
  return own != nullptr ? own : SGPROOF_HARNESS_DIR;
}

Harness load_harness(const std::string& config_name) {
  Harness out;
  out.dir = harness_dir();
  const auto file = out.dir / "harness.json";
  const auto parsed = load_json(file, "sgproof-harness/1");
  try {
    out.facts = parsed.value("facts", "");
    out.entries = strings(parsed, "entry");
    out.modelled = strings(parsed, "modelled");
    const auto& configs = parsed.at("configs");
    auto owner = config_name;
    while (!owner.empty() && !configs.contains(owner)) owner = load_config(owner).stands_by();
    if (owner.empty())
      throw Error(
          ErrorKind::Unsupported, id::kHarness, "harness",
          fmt::format("{} has no units for the configuration {}", file.string(), config_name))
          .at(file.string());
    out.units = strings(configs, owner.c_str());
    return out;
  } catch (const json::exception& error) {
    throw Error(ErrorKind::Environment, id::kHarness, "harness",
                fmt::format("{}: {}", file.string(), error.what()))
        .at(file.string());
  }
}

std::map<std::string, std::string> accessor_names(const Tree& tree) {
  const auto aliases = load_aliases();
  const auto header_name = aliases.at("header").get<std::string>();
  const auto header = read_beneath(tree.path, header_name);
  if (!header)
    throw Error(ErrorKind::Input, id::kTreeFile, "harness",
                fmt::format("the tree has no {}", header_name))
        .at(header_name);
  std::map<std::string, std::string> out;
  for (const auto& role : aliases.at("roles")) {
    const auto names = strings(role, "names");
    const auto found =
        std::ranges::find_if(names, [&](const auto& name) { return defines(*header, name); });
    if (found == names.end())
      throw Error(
          ErrorKind::Unsupported, id::kAccessor, "harness",
          fmt::format("the tree has no accessor that {}: {} defines none of {}",
                      role.at("role").get<std::string>(), header_name, fmt::join(names, ", ")))
          .at(header_name)
          .hint("add the tree's name to kernel-extract/aliases.json");
    out[role.at("macro").get<std::string>()] = *found;
  }
  return out;
}

std::map<std::string, std::string> mainline_accessor_names() {
  const auto aliases = load_aliases();
  std::map<std::string, std::string> out;
  for (const auto& role : aliases.at("roles"))
    out[role.at("macro").get<std::string>()] = strings(role, "names").at(0);
  return out;
}

std::vector<std::string> accessor_candidates(const std::string& macro) {
  const auto aliases = load_aliases();
  for (const auto& role : aliases.at("roles"))
    if (role.at("macro") == macro) return strings(role, "names");
  return {};
}

std::string accessors_header(const Tree& tree) {
  std::string out =
      "/* Generated: the accessors of the bus-address mark in this tree, and what else it has. */\n"
      "#ifndef SGP_ACCESSORS_H\n#define SGP_ACCESSORS_H\n";
  for (const auto& [macro, name] : accessor_names(tree))
    out += fmt::format("#define {}(sg) {}(sg)\n", macro, name);
  if (const auto aliases = load_aliases(); aliases.contains("features"))
    out += features(aliases.at("features"), tree);
  return out + "#endif\n";
}

}  // namespace sgproof::extract

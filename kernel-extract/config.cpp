#include "kernel-extract/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
namespace {

bool is_on(const Kconfig& kconfig, const std::string& symbol) {
  const auto found = kconfig.find(symbol);
  return found != kconfig.end() && found->second != "n";
}

bool holds(const std::string& check, const Kconfig& kconfig) {
  if (check.starts_with('!')) return !is_on(kconfig, check.substr(1));
  if (const auto equals = check.find('='); equals != std::string::npos) {
    const auto found = kconfig.find(check.substr(0, equals));
    return found != kconfig.end() && found->second == check.substr(equals + 1);
  }
  std::istringstream words(check);
  for (std::string symbol; std::getline(words, symbol, '|');)
    if (is_on(kconfig, symbol)) return true;
  return false;
}

/// The symbol that a check is about, where it is about one.
std::string symbol_of(const std::string& check) {
  const auto from = check.starts_with('!') ? 1U : 0U;
  return check.substr(from, check.find('=', from) - from);
}

Config on_top_of(const Config& base, const Config& own) {
  Config out = own;
  out.fragment = base.fragment;
  out.fragment.insert(out.fragment.end(), own.fragment.begin(), own.fragment.end());
  for (const auto& check : base.checks)
    if (std::none_of(own.checks.begin(), own.checks.end(), [&](const std::string& other) {
          return symbol_of(other) == symbol_of(check);
        }))
      out.checks.push_back(check);
  out.id = sha256(base.id + own.id);
  return out;
}

}  // namespace

stdfs::path config_dir() {
  const char* own = std::getenv("SGPROOF_CONFIG_DIR");
  return own != nullptr ? own : SGPROOF_CONFIG_DIR;
}

std::vector<std::string> config_names() {
  std::vector<std::string> out;
  for (const auto& entry : stdfs::directory_iterator(config_dir()))
    if (entry.path().extension() == ".json") out.push_back(entry.path().stem());
  std::sort(out.begin(), out.end());
  return out;
}

Config load_config(const std::string& name) {
  const auto names = config_names();
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw Error(ErrorKind::Input, id::kConfigUnknown, "configure",
                fmt::format("there is no configuration '{}'", name))
        .hint(fmt::format("known: {}", fmt::join(names, ", ")));
  const auto file = config_dir() / (name + ".json");
  const auto text = read_file(file);
  try {
    const auto parsed = nlohmann::json::parse(text);
    if (parsed.at("schema") != "sgproof-config/1" || parsed.at("name") != name)
      throw std::runtime_error("schema or name");
    Config own{name,
               parsed.at("arch"),
               parsed.at("fragment").get<std::vector<std::string>>(),
               parsed.at("checks").get<std::vector<std::string>>(),
               parsed.value("on_request", false),
               parsed.value("extends", std::string()),
               parsed.value("without", std::vector<std::string>()),
               parsed.value("like", std::string()),
               sha256(text)};
    if (own.extends == name || own.like == name)
      throw std::runtime_error("it extends itself, or is like itself");
    return own.extends.empty() ? own : on_top_of(load_config(own.extends), own);
  } catch (const std::exception& error) {
    throw Error(
        ErrorKind::Environment, id::kConfigUnknown, "configure",
        fmt::format("the configuration file {} is damaged: {}", file.string(), error.what()))
        .at(file.string());
  }
}

Kconfig parse_kconfig(const std::string& dot_config) {
  Kconfig out;
  std::istringstream lines(dot_config);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("CONFIG_")) continue;
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    out[line.substr(7, equals - 7)] = line.substr(equals + 1);
  }
  return out;
}

void check_kconfig(const Config& config, const Kconfig& kconfig) {
  std::vector<std::string> lost;
  for (const auto& check : config.checks)
    if (!holds(check, kconfig)) lost.push_back(check);
  if (lost.empty()) return;
  throw Error(ErrorKind::Input, id::kSymbolLost, "configure",
              fmt::format("configuration {}: the tree's Kconfig does not give {} (its definition, "
                          "or a dependency, is missing or changed)",
                          config.name, fmt::join(lost, ", ")))
      .at("CONFIG_" + lost.front().substr(lost.front().starts_with('!') ? 1 : 0))
      .hint(
          "a symbol that vanished takes its code out of what is checked; see the Kconfig files "
          "that the series changes");
}

}  // namespace sgproof::extract

#include "kernel-extract/contracts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kContracts = "sgproof-contracts/1";
constexpr const char* kCompared = "sgproof-contract-code/1";

stdfs::path place(const char* variable, const char* built_with) {
  const char* own = std::getenv(variable);
  return own != nullptr ? own : built_with;
}

Error damaged(const stdfs::path& file, const std::string& why) {
  return Error(ErrorKind::Environment, id::kHarness, "contracts",
               fmt::format("{}: {}", file.string(), why))
      .at(file.string());
}

json parse(const stdfs::path& file, const char* schema) {
  auto out = json::parse(read_file(file));
  if (out.at("schema") != schema) throw damaged(file, fmt::format("it is no {}", schema));
  return out;
}

/// "lib/xarray.c:xa_load"
KernelFunction kernel_function(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    throw json::other_error::create(501, "no FILE:FUNCTION: " + text, nullptr);
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string words(const KernelFunction& function) { return function.file + ":" + function.name; }

Contract contract(const json& text) {
  Contract out;
  out.name = text.at("name");
  out.file = text.at("file");
  out.subject = text.at("subject");
  out.assumes = text.at("assumes");
  out.because = text.at("because");
  for (const auto& [name, list] : text.at("functions").items()) {
    auto& kernel = out.functions[name];
    for (const auto& function : list) kernel.push_back(kernel_function(function));
  }
  out.shown_by = text.value("shown_by", "");
  if (text.contains("not_shown")) out.not_shown = text.at("not_shown").get<std::set<std::string>>();
  return out;
}

bool is_harness(const Function& f) { return f.file.starts_with("/sgp/"); }

/// What a contract has instead of a trap is called as if a header of the kernel had it.
bool is_stand_in(const Function& f) {
  return f.file.starts_with("/sgp/env_") || f.file == "asm/bug.h";
}

}  // namespace

std::string Contracts::unit_of(const std::string& file) const {
  const auto other = read_with.find(file);
  return other == read_with.end() ? file : other->second;
}

Contracts load_contracts() {
  const auto file = place("SGPROOF_CONTRACTS", SGPROOF_CONTRACTS);
  try {
    const auto text = parse(file, kContracts);
    Contracts out;
    out.read_with = text.at("read_with").get<std::map<std::string, std::string>>();
    for (const auto& one : text.at("contracts")) out.all.push_back(contract(one));
    return out;
  } catch (const json::exception& error) {
    throw damaged(file, error.what());
  }
}

std::set<std::string> stand_ins(const Module& module) {
  std::set<std::string> used;
  for (const auto& f : module.functions) {
    if (!f.reachable) continue;
    used.insert(f.takes.begin(), f.takes.end());
    if (!is_harness(f)) used.insert(f.calls.begin(), f.calls.end());
  }
  std::set<std::string> out;
  for (const auto& f : module.functions)
    if (f.reachable && is_stand_in(f) && used.contains(f.name)) out.insert(f.source_name);
  return out;
}

bool is_of_arch(const KernelFunction& function, const std::string& arch) {
  static const std::string kArch = "arch/";
  if (!function.file.starts_with(kArch)) return true;
  const bool is_x86 = arch == "i386" || arch == "x86_64" || arch == "um";
  return function.file.starts_with(kArch + (is_x86 ? "x86" : arch) + "/");
}

bool ComparedCode::has_file(const std::string& file, const std::string& content) const {
  const auto digest = sha256(content);
  return std::ranges::any_of(trees, [&](const auto& tree) {
    const auto known = tree.second.files.find(file);
    return known != tree.second.files.end() && known->second == digest;
  });
}

bool ComparedCode::has(const KernelFunction& function, const std::string& hash) const {
  return std::ranges::any_of(trees, [&](const auto& tree) {
    const auto known = tree.second.functions.find(function);
    return known != tree.second.functions.end() && known->second.contains(hash);
  });
}

stdfs::path compared_code_file() { return place("SGPROOF_CONTRACT_CODE", SGPROOF_CONTRACT_CODE); }

ComparedCode load_compared_code() {
  const auto file = compared_code_file();
  try {
    const auto text = parse(file, kCompared);
    ComparedCode out;
    for (const auto& [version, tree] : text.at("trees").items()) {
      auto& known = out.trees[version];
      known.files = tree.at("files").get<std::map<std::string, std::string>>();
      for (const auto& [function, hashes] : tree.at("functions").items())
        known.functions[kernel_function(function)] = hashes.get<std::set<std::string>>();
    }
    return out;
  } catch (const json::exception& error) {
    throw damaged(file, error.what());
  }
}

void store_compared_code(const ComparedCode& code) {
  json trees = json::object();
  for (const auto& [version, tree] : code.trees) {
    json functions = json::object();
    for (const auto& [function, hashes] : tree.functions) functions[words(function)] = hashes;
    trees[version] = {{"files", tree.files}, {"functions", functions}};
  }
  write_file(compared_code_file(), json{{"schema", kCompared}, {"trees", trees}}.dump(1) + "\n");
}

}  // namespace sgproof::extract

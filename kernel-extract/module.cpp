#include "kernel-extract/module.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sgproof::extract {
using nlohmann::json;

const Function* Module::find(const std::string& name) const {
  const auto at =
      std::lower_bound(functions.begin(), functions.end(), name,
                       [](const Function& f, const std::string& n) { return f.name < n; });
  return at != functions.end() && at->name == name ? &*at : nullptr;
}

json to_json(const Module& module) {
  auto functions = json::array();
  for (const auto& f : module.functions)
    functions.push_back({{"name", f.name},
                         {"source_name", f.source_name},
                         {"file", f.file},
                         {"line", f.line},
                         {"hash", f.hash},
                         {"reachable", f.reachable},
                         {"calls", f.calls},
                         {"takes", f.takes},
                         {"lines", f.lines},
                         {"guarded", f.guarded}});
  auto externals = json::array();
  for (const auto& e : module.externals)
    externals.push_back({{"name", e.name}, {"function", e.is_function}, {"reason", e.reason}});
  const auto& v = module.version;
  return {{"schema", "sgproof-module/1"},
          {"id", module.id},
          {"config", module.config},
          {"arch", module.arch},
          {"tree", module.tree},
          {"version", {v.version, v.patchlevel, v.sublevel, v.extra}},
          {"bitcode_hash", module.bitcode_hash},
          {"code_hash", module.code_hash},
          {"entries", module.entries},
          {"facts", module.facts},
          {"kconfig", module.kconfig},
          {"functions", functions},
          {"externals", externals},
          {"sources", module.sources}};
}

Module module_from_json(const json& text) {
  Module out;
  if (text.at("schema") != "sgproof-module/1")
    throw json::other_error::create(501, "unknown schema of a module", &text);
  out.id = text.at("id");
  out.config = text.at("config");
  out.arch = text.at("arch");
  out.tree = text.at("tree");
  const auto& v = text.at("version");
  out.version = {v.at(0), v.at(1), v.at(2), v.at(3)};
  out.bitcode_hash = text.at("bitcode_hash");
  out.code_hash = text.at("code_hash");
  out.entries = text.at("entries").get<std::vector<std::string>>();
  out.facts = text.at("facts").get<std::map<std::string, std::uint64_t>>();
  out.kconfig = text.at("kconfig").get<Kconfig>();
  for (const auto& f : text.at("functions"))
    out.functions.push_back({f.at("name"), f.at("source_name"), f.at("file"), f.at("line"),
                             f.at("hash"), f.at("reachable"),
                             f.at("calls").get<std::vector<std::string>>(),
                             f.at("takes").get<std::vector<std::string>>(),
                             f.at("lines").get<std::map<std::string, std::vector<int>>>(),
                             f.at("guarded").get<std::map<std::string, std::set<std::string>>>()});
  for (const auto& e : text.at("externals"))
    out.externals.push_back({e.at("name"), e.at("function"), e.at("reason")});
  out.sources = text.at("sources").get<std::vector<std::string>>();
  return out;
}

}  // namespace sgproof::extract

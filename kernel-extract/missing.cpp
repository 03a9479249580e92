#include "kernel-extract/missing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/inspect.hpp"
#include "kernel-extract/symbol_index.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
namespace {

/// Functions that exist only to make a build fail when the optimiser leaves a call of them:
/// compiletime_assert() and relatives. Before any pass the calls are all still there.
bool is_assertion(const llvm::Function& f) {
  return f.hasFnAttribute("dontcall-error") || f.hasFnAttribute("dontcall-warn") ||
         f.getName().starts_with("__compiletime_assert");
}

/// Functions that are reachable, undefined, and not the engines' own.
std::set<std::string> undefined_functions(const llvm::Module& module,
                                          const std::vector<std::string>& entries,
                                          const std::set<std::string>& modelled) {
  std::set<std::string> out;
  for (const auto& name : reachable_names(list_functions(module), entries)) {
    const auto* f = module.getFunction(name);
    if (f == nullptr || !f->isDeclaration() || f->isIntrinsic() || name.starts_with("sgp_") ||
        modelled.contains(name))
      continue;
    if (!is_assertion(*f)) out.insert(name);
  }
  return out;
}

/// The one file that defines the function in this configuration, or why there is none.
struct Place {
  std::string file;
  std::string reason;
};

class Finder {
 public:
  Finder(const Tree& tree, const Build& build, const Context& context)
      : tree_(tree), build_(build), index_(index_symbols(tree, build.arch, context)) {}

  Place find(const std::string& name) const {
    const auto found = index_.find(name);
    if (found == index_.end()) return {"", "no definition found in the tree"};
    std::vector<std::string> built;
    std::vector<std::string> unknown;
    for (const auto& file : found->second) {
      const auto makefile =
          read_beneath(tree_.path, (stdfs::path(file).parent_path() / "Makefile").string())
              .value_or("");
      const auto state = is_built(makefile, file, build_.kconfig);
      if (state == Built::Yes) built.push_back(file);
      if (state == Built::Unknown) unknown.push_back(file);
    }
    const auto& candidates = built.empty() ? unknown : built;
    if (candidates.size() == 1) return {candidates[0], ""};
    if (candidates.empty())
      return {"",
              fmt::format("{} is not built in this configuration", fmt::join(found->second, ", "))};
    return {"", fmt::format("defined in several files: {}", fmt::join(candidates, ", "))};
  }

 private:
  const Tree& tree_;
  const Build& build_;
  SymbolIndex index_;
};

/// Links what compiled; returns why a function can still be undefined afterwards. What is not the
/// file's own fault (a full disk, a cancelled run) is thrown on, and so is a failure to link, which
/// leaves the module half changed.
std::string add(LinkedModule& linked, const std::variant<CompiledUnit, Error>& compiled,
                const std::string& file, const std::set<std::string>& names,
                std::vector<std::string>& sources) {
  if (const auto* error = std::get_if<Error>(&compiled)) {
    if (error->id() != id::kCompile) throw Error(*error);
    return fmt::format("{} does not compile by itself: {}", file, error->what());
  }
  const auto& unit = std::get<CompiledUnit>(compiled);
  linked.add_needed(unit, names);
  sources.insert(sources.end(), unit.tree_files.begin(), unit.tree_files.end());
  return fmt::format("{} has no definition of it in this configuration", file);
}

}  // namespace

std::vector<External> resolve_missing(LinkedModule& linked, UnitCompiler& compiler,
                                      const Tree& tree, const Build& build,
                                      const std::vector<std::string>& entries,
                                      const std::set<std::string>& modelled,
                                      const MissingOptions& options,
                                      std::vector<std::string>& sources, const Context& context) {
  std::map<std::string, std::string> reasons;
  std::optional<Finder> finder;
  int files_used = 0;
  for (int round = 0; round < options.depth; ++round) {
    std::map<std::string, std::set<std::string>> wanted;
    for (const auto& name : undefined_functions(linked.get(), entries, modelled)) {
      if (reasons.contains(name)) continue;
      if (!finder) finder.emplace(tree, build, context);
      auto place = finder->find(name);
      if (place.file.empty())
        reasons[name] = place.reason;
      else
        wanted[place.file].insert(name);
    }
    if (wanted.empty()) break;
    std::vector<Unit> units;
    for (const auto& [file, names] : wanted) {
      if (files_used++ < options.max_files) {
        units.push_back({"src/" + file, "/src/" + file});
        continue;
      }
      for (const auto& name : names)
        reasons[name] =
            fmt::format("in {}, which is beyond the limit of {} files", file, options.max_files);
    }
    const auto compiled = compiler.compile_each(units);
    for (std::size_t i = 0; i < units.size(); ++i) {
      const auto file = units[i].name.substr(4);
      const auto& names = wanted.at(file);
      const auto reason = add(linked, compiled[i], file, names, sources);
      for (const auto& name : names)
        if (const auto* f = linked.get().getFunction(name); f == nullptr || f->isDeclaration())
          reasons[name] = reason;
    }
  }

  std::vector<External> out;
  for (const auto& name : reachable_names(list_functions(linked.get()), entries)) {
    const auto* f = linked.get().getFunction(name);
    if (f == nullptr || !f->isDeclaration() || f->isIntrinsic() || name.starts_with("sgp_"))
      continue;
    const auto reason = reasons.find(name);
    out.push_back({name, true,
                   modelled.contains(name) ? "modelled"
                   : is_assertion(*f)      ? "compile-time assertion of the kernel"
                   : reason != reasons.end()
                       ? reason->second
                       : fmt::format("beyond the depth of {} rounds", options.depth)});
  }
  return out;
}

}  // namespace sgproof::extract

#include "kernel-extract/extract.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/inspect.hpp"
#include "kernel-extract/kbuild.hpp"
#include "kernel-extract/linker.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kKind = "module";
constexpr const char* kFormat = "module/6";

std::string hash_harness(const Harness& harness) {
  std::vector<stdfs::path> files;
  for (const auto& entry : stdfs::recursive_directory_iterator(harness.dir))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Hasher hasher;
  for (const auto& file : files)
    hasher.field(file.lexically_relative(harness.dir).string()).field(read_file(file));
  return hasher.hex();
}

/// $SGPROOF_CACHE_LIMIT in GiB; 40 without it.
std::uint64_t cache_limit() {
  const char* own = std::getenv("SGPROOF_CACHE_LIMIT");
  const auto gib = own != nullptr ? std::strtoull(own, nullptr, 10) : 0;
  return (gib != 0 ? gib : 40) << 30;
}

std::optional<Module> find_module(const std::string& key, const CacheDir& cache) {
  const auto entry = cache.find(kKind, key);
  if (!entry) return std::nullopt;
  try {
    auto module = module_from_json(json::parse(read_file(*entry / "module.json")));
    module.bitcode = *entry / "module.bc";
    return module;
  } catch (const json::exception&) {
    cache.remove(kKind, key);
    return std::nullopt;
  }
}

void add_undefined_variables(const llvm::Module& module, std::vector<External>& externals) {
  for (const auto& variable : module.globals())
    if (variable.isDeclaration())
      externals.push_back({variable.getName().str(), false, "defined elsewhere in the kernel"});
  std::sort(externals.begin(), externals.end(),
            [](const External& a, const External& b) { return a.name < b.name; });
}

/// Links the units, pulls in what is missing, and reads everything out.
void link(Module& module, LinkedModule& linked, UnitCompiler& compiler,
          const std::vector<CompiledUnit>& units, const Harness& harness, const Tree& tree,
          const Build& build, const ExtractOptions& options, const stdfs::path& bitcode,
          const Context& context) {
  for (const auto& unit : units) {
    module.sources.insert(module.sources.end(), unit.tree_files.begin(), unit.tree_files.end());
    if (unit.name == harness.facts) {
      LinkedModule facts;
      facts.add(unit);
      module.facts = read_facts(facts.get());
    } else {
      linked.add(unit);
    }
  }
  std::set<std::string> modelled(options.modelled.begin(), options.modelled.end());
  modelled.insert(harness.modelled.begin(), harness.modelled.end());
  module.externals = resolve_missing(linked, compiler, tree, build, harness.entries, modelled,
                                     options.missing, module.sources, context);
  std::sort(module.sources.begin(), module.sources.end());
  module.sources.erase(std::unique(module.sources.begin(), module.sources.end()),
                       module.sources.end());

  // Functions are listed, and hashed, before what is not reached is removed: a series may change
  // those.
  module.functions = list_functions(linked.get());
  const auto reached = reachable_names(module.functions, harness.entries);
  linked.write(bitcode);
  LinkedModule copy;
  copy.add({"module", bitcode, "", {}});
  const auto all_hashes = hash_code(copy.get());
  for (auto& f : module.functions) {
    f.reachable = reached.contains(f.name);
    f.hash = all_hashes.functions.at(f.name);
  }
  linked.finish(harness.entries);
  linked.write(bitcode);
  add_undefined_variables(linked.get(), module.externals);
  LinkedModule final_copy;
  final_copy.add({"module", bitcode, "", {}});
  module.code_hash = hash_code(final_copy.get()).whole;
  module.bitcode_hash = sha256_file(bitcode);
}

}  // namespace

namespace {

std::vector<std::string> names_of(const Series& series) {
  std::vector<std::string> names;
  for (const Patch& patch : series.patches) names.push_back(patch.name);
  return names;
}

}  // namespace

Source open_source(const std::string& tree, const std::optional<std::string>& series,
                   const Context& context) {
  Source out;
  if (series && is_git_range(*series)) {
    std::string base_commit;
    const auto parsed = read_git_range(tree, *series, base_commit, context);
    out.base = open_commit(tree, base_commit, context);
    out.patched = apply_series(out.base, parsed, context);
    out.patches = names_of(parsed);
    return out;
  }
  // The series is read first: its errors are found in milliseconds, a tree takes longer.
  std::optional<Series> parsed;
  if (series) parsed = read_series(*series);
  out.base = open_tree(tree, context);
  if (parsed) out.patched = apply_series(out.base, *parsed, context);
  if (parsed) out.patches = names_of(*parsed);
  return out;
}

Module extract_module(const Tree& tree, const std::string& config_name,
                      const ExtractOptions& options, const Context& context) {
  return extract_variant(tree, {}, config_name, options, context);
}

Module extract_variant(const Tree& tree, const std::map<std::string, std::string>& changed,
                       const std::string& config_name, const ExtractOptions& options,
                       const Context& context, const std::string& function) {
  const auto config = load_config(config_name);
  const auto harness = load_harness(config_name);
  const auto accessors = accessors_header(tree);
  Hasher hasher;
  hasher.field(kFormat)
      .field(tree.id)
      .field(config.id)
      .field(hash_harness(harness))
      .field(accessors);
  hasher.number(static_cast<std::uint64_t>(options.missing.depth))
      .number(static_cast<std::uint64_t>(options.missing.max_files));
  for (const auto& name : options.modelled) hasher.field(name);
  for (const auto& [file, content] : changed) hasher.field(file).field(content);
  const auto key = hasher.hex();
  if (auto known = find_module(key, context.cache)) {
    known->tree = tree.description;
    return *known;
  }

  const auto build = get_build(tree, config, context);
  auto staging = context.cache.stage();
  const auto generated = staging.path() / "generated";
  make_dirs(generated);
  write_file(generated / "sgp_accessors.h", accessors);
  Overlay overlay;
  for (const auto& [file, content] : changed) {
    overlay[file] = staging.path() / "overlay" / file;
    make_dirs(overlay[file].parent_path());
    write_file(overlay[file], content);
  }
  UnitCompiler unchanged({tree, build, harness.dir, generated}, context);
  UnitCompiler compiler({tree, build, harness.dir, generated, "", overlay}, context);
  if (!function.empty()) compiler.only_changes(function, unchanged);
  std::vector<Unit> wanted;
  for (const auto& unit : harness.units) wanted.push_back({unit, "/sgp/" + unit});
  if (!harness.facts.empty()) wanted.push_back({harness.facts, "/sgp/" + harness.facts});
  std::vector<CompiledUnit> units;
  {
    const StageTimer timer(context, "compile " + config_name);
    units = compiler.compile(wanted);
  }
  const StageTimer timer(context, "link " + config_name);
  Module module;
  module.id = key;
  module.config = config_name;
  module.arch = config.arch;
  module.tree = tree.description;
  module.version = tree.version;
  module.entries = harness.entries;
  module.kconfig = build.kconfig;
  LinkedModule linked;
  link(module, linked, compiler, units, harness, tree, build, options, staging.path() / "module.bc",
       context);
  remove_tree(generated);
  if (!overlay.empty()) remove_tree(staging.path() / "overlay");
  write_file(staging.path() / "module.json", to_json(module).dump());
  module.bitcode =
      context.cache.publish(std::move(staging), kKind, key, {"module.bc", "module.json"}) /
      "module.bc";
  if (changed.empty()) context.cache.evict(cache_limit());
  return module;
}

Module extract_module(const std::string& tree, const std::optional<std::string>& series,
                      const std::string& config_name, const ExtractOptions& options,
                      const Context& context) {
  const auto source = open_source(tree, series, context);
  return extract_module(source.subject(), config_name, options, context);
}

}  // namespace sgproof::extract

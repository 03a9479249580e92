#include "kernel-extract/kbuild.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "kernel-extract/compile_command.hpp"
#include "kernel-extract/diagnostics.hpp"
#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/tree_entry.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kKind = "build";
constexpr const char* kFormat = "build/3";  ///< changes when the way of building does
constexpr const char* kFragment = "sgp.fragment";

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_kconfig(const std::string& path) { return base_name(path).starts_with("Kconfig"); }

/// A file that can change what the kernel's make does.
bool steers_build(const std::string& path) {
  const auto name = base_name(path);
  return is_kconfig(path) || name.starts_with("Makefile") || name.starts_with("Kbuild") ||
         path.starts_with("scripts/") || path.ends_with(".mk") || path.ends_with(".config") ||
         path.ends_with("defconfig") || path.ends_with(".tbl") || path.ends_with(".bc") ||
         path.ends_with(".lds.S");
}

/// Ordinary source or text: matters to a build only where a dependency says so.
bool is_plain(const std::string& path) {
  if (path.starts_with("Documentation/") || path.starts_with("samples/") ||
      path.starts_with("tools/testing/") || path == "MAINTAINERS" || path == "CREDITS")
    return true;
  if (path.starts_with("tools/")) return false;
  for (const char* suffix : {".c", ".h", ".S", ".rst", ".txt", ".yaml", ".dts", ".dtsi"})
    if (path.ends_with(suffix)) return true;
  return false;
}

bool in_arch_headers(const std::string& path) {
  return path.starts_with("arch/") && path.find("/include/") != std::string::npos;
}

std::string build_key(const Tree& tree, const Config& config) {
  return Hasher().field(kFormat).field(tree.id).field(config.id).hex();
}

json to_json(const Build& build) {
  return {{"arch", build.arch},
          {"kconfig", build.kconfig},
          {"names_id", build.names_id},
          {"compile", build.compile},
          {"prepare_deps", build.prepare_deps}};
}

std::optional<Build> find_build(const std::string& key, const CacheDir& cache) {
  const auto entry = cache.find(kKind, key);
  if (!entry) return std::nullopt;
  const auto text = json::parse(try_read_file(*entry / "build.json").value_or(""), nullptr, false);
  try {
    if (text.contains("same_as")) return find_build(text.at("same_as"), cache);
    if (kind_of(*entry / "build/include/generated/autoconf.h") == FileKind::Regular)
      return Build{key,
                   *entry / "build",
                   text.at("arch"),
                   text.at("kconfig"),
                   text.at("names_id"),
                   text.at("compile").get<std::vector<std::string>>(),
                   text.at("prepare_deps").get<std::vector<std::string>>()};
  } catch (const json::exception&) {  // ignored: damaged, made again
  }
  cache.remove(kKind, key);
  return std::nullopt;
}

/// Paths of the tree that appear in the .cmd files of a build.
std::vector<std::string> scan_deps(const stdfs::path& dir) {
  std::set<std::string> out;
  for (const auto& entry : stdfs::recursive_directory_iterator(dir)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with('.') || !(name.ends_with(".cmd") || name.ends_with(".d")) ||
        !entry.is_regular_file())
      continue;
    const auto text = try_read_file(entry.path()).value_or("");
    for (std::size_t at = 0; (at = text.find("/src/", at)) != std::string::npos;) {
      const auto end = std::min(text.find_first_of(" \t\n\\)\"':;,", at), text.size());
      out.insert(stdfs::path(text.substr(at + 5, end - at - 5)).lexically_normal().string());
      at = end;
    }
  }
  return {out.begin(), out.end()};
}

std::string generated_names(const stdfs::path& dir, const std::string& arch) {
  Hasher hasher;
  std::vector<std::string> dirs{"include"};
  if (arch == "i386" || arch == "x86_64" || arch == "um") dirs.emplace_back("arch/x86/include");
  if (arch != "i386" && arch != "x86_64") dirs.push_back("arch/" + arch + "/include");
  for (const auto& below : dirs) {
    std::vector<std::string> names;
    if (kind_of(dir / below) != FileKind::Directory) continue;
    for (const auto& entry : stdfs::recursive_directory_iterator(dir / below)) {
      const auto relative = entry.path().lexically_relative(dir).string();
      if (!relative.starts_with("include/config/")) names.push_back(relative);
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names) hasher.field(name);
  }
  return hasher.hex();
}

/// Runs the kernel's make on a build directory.
class Maker {
 public:
  Maker(const Tree& tree, const Config& config, const stdfs::path& dir, const Context& context)
      : tree_(tree), config_(config), dir_(dir), context_(context) {}

  /// Configures and checks that every symbol has its value.
  Kconfig configure() {
    const StageTimer timer(context_, "configure " + config_.name);
    std::string fragment;
    // The tree's own tiny configuration first: what is not named anywhere is off (allnoconfig).
    for (const char* file : {"kernel/configs/tiny-base.config", "kernel/configs/tiny.config",
                             "arch/x86/configs/tiny.config"})
      fragment += read_beneath(tree_.path, file).value_or("") + "\n";
    for (const auto& line : config_.fragment) fragment += line + "\n";
    write_file(dir_ / kFragment, fragment);
    const auto result =
        make({fmt::format("KCONFIG_ALLCONFIG=/build/{}", kFragment), "allnoconfig"});
    if (!result.ok()) throw make_error(id::kConfigure, "configure", result);
    auto kconfig = parse_kconfig(read_beneath(dir_, ".config").value_or(""));
    check_kconfig(config_, kconfig);
    return kconfig;
  }

  void prepare() {
    const StageTimer timer(context_, "prepare " + config_.name);
    const auto result = make({"prepare"});
    if (!result.ok()) throw make_error(id::kPrepare, "prepare", result);
  }

  /// The compile command, from the kernel's own rule for one file.
  std::vector<std::string> command() {
    const StageTimer timer(context_, "command " + config_.name);
    const auto result = make({"kernel/dma/direct.ll"});
    if (!result.ok()) throw make_error(id::kPrepare, "prepare", result);
    const auto saved = read_beneath(dir_, "kernel/dma/.direct.ll.cmd");
    if (!saved)
      throw Error(ErrorKind::Unsupported, id::kPrepare, "prepare",
                  "make left no kernel/dma/.direct.ll.cmd");
    remove_tree(dir_ / "kernel/dma/direct.ll");
    remove_tree(dir_ / "kernel/dma/.direct.ll.cmd");
    return parse_cmd_file(*saved);
  }

 private:
  ProcessResult make(const std::vector<std::string>& goals) {
    SandboxSpec spec;
    spec.mounts = build_mounts(tree_, dir_, true);
    spec.directory = "/build";
    spec.deadline = std::chrono::minutes(20);
    std::vector<std::string> argv{"/usr/bin/make",
                                  "-C",
                                  "/src",
                                  "O=/build",
                                  "LLVM=-19",
                                  "ARCH=" + config_.arch,
                                  fmt::format("-j{}", context_.jobs)};
    argv.insert(argv.end(), goals.begin(), goals.end());
    return run_sandboxed(spec, argv, context_.cancel);
  }

  const Tree& tree_;
  const Config& config_;
  const stdfs::path& dir_;
  const Context& context_;
};

/// The parent's build, where it is at hand or worth making.
std::optional<Build> parent_build(const Tree& tree, const Config& config, const Context& context) {
  if (tree.parent_id.empty()) return std::nullopt;
  const auto parent = find_tree(tree.parent_id, context.cache);
  if (!parent) return std::nullopt;
  if (tree.id.starts_with("pat-")) return get_build(*parent, config, context);
  // Earlier copies of a user's directory: only what is there already, however far back.
  if (auto build = find_build(build_key(*parent, config), context.cache)) return build;
  auto older = parent_build(*parent, config, context);
  if (older && rebuild_needed(*parent, *older) == Rebuild::Nothing) return older;
  return std::nullopt;
}

Build finish(Staging staging, Build build, const std::string& key, const Context& context) {
  const auto dir = staging.path() / "build";
  build.names_id = generated_names(dir, build.arch);
  make_dirs(dir / "sgp");  // where generated headers are mounted
  make_dirs(dir / "kernel/dma");
  set_times(dir, kBuildTime);
  write_file(staging.path() / "build.json", to_json(build).dump(1));
  build.id = key;
  build.dir = context.cache.publish(std::move(staging), kKind, key, {"build.json"}) / "build";
  return build;
}

Build build_from_nothing(const Tree& tree, const Config& config, const std::string& key,
                         const Context& context) {
  auto staging = context.cache.stage();
  const auto dir = staging.path() / "build";
  make_dirs(dir);
  Maker maker(tree, config, dir, context);
  Build build;
  build.arch = config.arch;
  build.kconfig = maker.configure();
  maker.prepare();
  build.prepare_deps = scan_deps(dir);
  build.compile = maker.command();
  return finish(std::move(staging), std::move(build), key, context);
}

Build same_as(const Build& parent, const std::string& key, const Context& context) {
  auto staging = context.cache.stage();
  write_file(staging.path() / "build.json", json{{"same_as", parent.id}}.dump());
  context.cache.publish(std::move(staging), kKind, key, {"build.json"});
  return parent;
}

Build build_from_parent(const Tree& tree, const Config& config, const Build& parent, Rebuild need,
                        const std::string& key, const Context& context) {
  auto staging = context.cache.stage();
  const auto dir = staging.path() / "build";
  copy_tree(parent.dir, dir, CopyMode::Content);
  Maker maker(tree, config, dir, context);
  Build build = parent;
  if (need == Rebuild::Configure) {
    build.kconfig = maker.configure();
    const bool only_kconfig =
        std::all_of(tree.changed.begin(), tree.changed.end(), [&](const std::string& file) {
          return is_kconfig(file) || (is_plain(file) &&
                                      !std::binary_search(parent.prepare_deps.begin(),
                                                          parent.prepare_deps.end(), file) &&
                                      !(tree.names_changed && in_arch_headers(file)));
        });
    if (only_kconfig && build.kconfig == parent.kconfig) return same_as(parent, key, context);
  }
  maker.prepare();
  build.prepare_deps = scan_deps(dir);
  // Flags come from makefiles, scripts and the configuration.
  const bool same_flags =
      build.kconfig == parent.kconfig &&
      std::none_of(tree.changed.begin(), tree.changed.end(),
                   [](const std::string& file) { return steers_build(file) && !is_kconfig(file); });
  if (!same_flags) build.compile = maker.command();
  return finish(std::move(staging), std::move(build), key, context);
}

}  // namespace

Rebuild rebuild_needed(const Tree& tree, const Build& parent) {
  auto need = Rebuild::Nothing;
  for (const auto& file : tree.changed) {
    if (steers_build(file)) return Rebuild::Configure;
    if (std::binary_search(parent.prepare_deps.begin(), parent.prepare_deps.end(), file) ||
        !is_plain(file) || (tree.names_changed && in_arch_headers(file)))
      need = Rebuild::Prepare;
  }
  return need;
}

Build get_build(const Tree& tree, const Config& config, const Context& context) {
  const auto key = build_key(tree, config);
  if (auto known = find_build(key, context.cache)) return *known;
  const auto parent = parent_build(tree, config, context);
  auto need = Rebuild::Configure;
  if (parent) {
    need = rebuild_needed(tree, *parent);
    if (need == Rebuild::Nothing) return *parent;
  }
  const auto lock = context.cache.lock(kKind, key, context.cancel);
  if (auto known = find_build(key, context.cache)) return *known;
  return parent ? build_from_parent(tree, config, *parent, need, key, context)
                : build_from_nothing(tree, config, key, context);
}

std::vector<Mount> build_mounts(const Tree& tree, const stdfs::path& build_dir, bool writable) {
  return {{tree.path, "/src", false}, {build_dir, "/build", writable}};
}

}  // namespace sgproof::extract

#include "replay/base_build.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "kernel-extract/config.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/tree_entry.hpp"
#include "replay/kernel_build.hpp"
#include "replay/kernel_image.hpp"

namespace sgproof::replay {
namespace {

constexpr const char* kBuildKind = "replay-build";

std::string compiler_version() {
  static const auto version = [] {
    extract::Command command;
    command.argv = {"clang-19", "--version"};
    command.deadline = std::chrono::seconds(20);
    return extract::run_process(command).out;
  }();
  return version;
}

/// Where a tree comes from: the tree without parent, and what differs on the way.
struct Lineage {
  extract::Tree root;
  bool kconfig_changed = false;
  bool header_added = false;       ///< it could shadow another one, which no dependency file shows
  std::int64_t oldest_change = 0;  ///< modification time of the oldest changed file, seconds
};

std::int64_t modified(const std::filesystem::path& file) {
  struct stat info{};
  return ::lstat(file.c_str(), &info) == 0 ? info.st_mtim.tv_sec : std::int64_t{0};
}

Lineage lineage_of(const extract::Tree& tree, const extract::Context& context) {
  Lineage out;
  auto at = tree;
  while (!at.parent_id.empty()) {
    auto parent = extract::find_tree(at.parent_id, context.cache);
    if (!parent) break;  // evicted: a full build then
    for (const auto& name : at.changed) {
      out.kconfig_changed |= name.find("Kconfig") != std::string::npos;
      out.header_added |= name.ends_with(".h") && !std::filesystem::exists(parent->path / name);
      const auto time = modified(tree.path / name);
      if (time != 0 && (out.oldest_change == 0 || time < out.oldest_change))
        out.oldest_change = time;
    }
    at = std::move(*parent);
  }
  out.root = std::move(at);
  return out;
}

/// Just older than every changed file of the tree, whichever was made first, so that make redoes
/// what depends on these files and nothing else. Not a fixed time in the past: the kernel's host
/// programs depend on the system's headers, which are newer than that.
std::int64_t build_time(const Lineage& lineage) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return lineage.oldest_change != 0 ? lineage.oldest_change - 1 : now.count();
}

/// The finished build directory of a tree without parent.
std::filesystem::path base_build(const extract::Tree& tree, const std::string& config,
                                 const extract::Context& context) {
  const auto key = build_key(tree, config);
  if (auto found = context.cache.find(kBuildKind, key)) return *found / "build";
  const auto lock = context.cache.lock(kBuildKind, key, context.cancel);
  if (auto found = context.cache.find(kBuildKind, key)) return *found / "build";
  auto staging = context.cache.stage();
  const auto dir = staging.path() / "build";
  extract::make_dirs(dir);
  KernelBuild build({.tree = tree.path, .build = dir, .runner = {}, .harness = {}, .accessors = {}},
                    arch_of(config), context);
  build.configure(dot_config(tree, config, context));
  build.compile();
  return context.cache.publish(std::move(staging), kBuildKind, key, {"build/vmlinux"}) / "build";
}

}  // namespace

std::string build_key(const extract::Tree& tree, const std::string& config) {
  extract::Hasher hash;
  hash.field("replay-build/3")
      .field(tree.id)
      .field(make_arch(arch_of(config)))
      .field(extract::load_config(config).id)
      .field(compiler_version())
      .field(extract::read_file(compiler_dir() / "clang-19"));
  return hash.hex();
}

BuildStart start_build(const extract::Tree& tree, const std::string& config,
                       const std::filesystem::path& dir, const extract::Context& context) {
  auto lineage = lineage_of(tree, context);
  if (lineage.header_added) lineage.root = tree;  // a build of its own, from nothing
  extract::copy_tree(base_build(lineage.root, config, context), dir, extract::CopyMode::Content);
  const auto unchanged = build_time(lineage);
  extract::set_times(dir, unchanged);
  const bool patched = tree.id != lineage.root.id;
  return {.base = std::move(lineage.root),
          .patched = patched,
          .kconfig_changed = lineage.kconfig_changed,
          .unchanged = unchanged};
}

}  // namespace sgproof::replay

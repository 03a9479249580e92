#include "replay/kernel_image.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/tree_entry.hpp"
#include "model/error.hpp"
#include "replay/error_ids.hpp"
#include "replay/kernel_build.hpp"

namespace sgproof::replay {
namespace {

constexpr const char* kImageKind = "replay-image";
constexpr const char* kBuildKind = "replay-build";
constexpr const char* kVmlinux = "vmlinux";
constexpr const char* kInitramfs = "initramfs.cpio";

/// Names and contents of our files that the runner is made of.
std::map<std::string, std::string> runner_files() {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(runner_dir())) {
    const auto name = entry.path().filename().string();
    if (name == "Makefile" || name.ends_with(".c") || name.ends_with(".h"))
      out[name] = extract::read_file(entry.path());
  }
  if (!out.contains("main.c") || !out.contains("init.c"))
    throw Error(ErrorKind::Environment, id::kRunnerFiles, "replay",
                "the runner's sources are not where they should be")
        .at(runner_dir().string());
  return out;
}

std::string compiler_version() {
  static const auto version = [] {
    extract::Command command;
    command.argv = {"clang-19", "--version"};
    command.deadline = std::chrono::seconds(20);
    return extract::run_process(command).out;
  }();
  return version;
}

std::string build_key(const extract::Tree& tree, Arch arch) {
  extract::Hasher hash;
  hash.field("replay-build/1")
      .field(tree.id)
      .field(make_arch(arch))
      .field(config_fragment(arch, tree.version))
      .field(compiler_version());
  return hash.hex();
}

std::string image_key(const extract::Tree& tree, Arch arch, const std::string& accessors) {
  extract::Hasher hash;
  hash.field("replay-image/1").field(build_key(tree, arch)).field(accessors);
  for (const auto& [name, text] : runner_files()) hash.field(name).field(text);
  for (const char* name : {"sgp_abi.h", "sgp_ops.h"})
    hash.field(extract::read_file(extract::harness_dir() / name));
  return hash.hex();
}

KernelImage image_at(const std::filesystem::path& dir, const std::string& key, Arch arch) {
  return {.id = key,
          .arch = arch,
          .vmlinux = dir / kVmlinux,
          .initramfs = dir / kInitramfs,
          .from_cache = true};
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

/// Makes the copy of the base's build just older than every changed file of the tree, whichever was
/// made first, so that make redoes what depends on these files and nothing else. Not a fixed time
/// in the past: the kernel's host programs depend on the system's headers, which are newer than
/// that.
void set_build_time(const std::filesystem::path& build, const Lineage& lineage) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  extract::set_times(build, lineage.oldest_change != 0 ? lineage.oldest_change - 1 : now.count());
}

/// The finished build directory of a tree without parent.
std::filesystem::path base_build(const extract::Tree& tree, Arch arch,
                                 const extract::Context& context) {
  const auto key = build_key(tree, arch);
  if (auto found = context.cache.find(kBuildKind, key)) return *found / "build";
  const auto lock = context.cache.lock(kBuildKind, key, context.cancel);
  if (auto found = context.cache.find(kBuildKind, key)) return *found / "build";
  auto staging = context.cache.stage();
  const auto dir = staging.path() / "build";
  extract::make_dirs(dir);
  KernelBuild build({.tree = tree.path, .build = dir, .runner = {}, .accessors = {}}, arch,
                    tree.version, context);
  build.configure();
  build.compile();
  return context.cache.publish(std::move(staging), kBuildKind, key, {"build/vmlinux"}) / "build";
}

}  // namespace

KernelImage build_kernel(const extract::Tree& tree, Arch arch, const extract::Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  const auto accessors = extract::accessors_header(tree);
  const auto key = image_key(tree, arch, accessors);
  if (auto found = context.cache.find(kImageKind, key)) return image_at(*found, key, arch);
  const auto lock = context.cache.lock(kImageKind, key, context.cancel);
  if (auto found = context.cache.find(kImageKind, key)) return image_at(*found, key, arch);

  auto lineage = lineage_of(tree, context);
  if (lineage.header_added) lineage.root = tree;  // a build of its own, from nothing
  const auto base = base_build(lineage.root, arch, context);
  const auto work = context.cache.stage();
  const BuildDirs dirs{.tree = tree.path,
                       .build = work.path() / "build",
                       .runner = work.path() / "runner",
                       .accessors = work.path() / "accessors"};
  extract::copy_tree(base, dirs.build, extract::CopyMode::Content);
  set_build_time(dirs.build, lineage);
  extract::make_dirs(dirs.runner);
  extract::make_dirs(dirs.accessors);
  for (const auto& [name, text] : runner_files()) extract::write_file(dirs.runner / name, text);
  extract::write_file(dirs.accessors / "sgp_accessors.h", accessors);

  KernelBuild build(dirs, arch, tree.version, context);
  if (tree.id != lineage.root.id) {
    if (lineage.kconfig_changed) build.reconfigure();
    build.compile();
  }
  build.compile_runner();
  auto staging = context.cache.stage();
  std::filesystem::copy_file(dirs.build / "vmlinux", staging.path() / kVmlinux);
  build.pack(staging.path() / kInitramfs);
  const auto dir =
      context.cache.publish(std::move(staging), kImageKind, key, {kVmlinux, kInitramfs});
  auto image = image_at(dir, key, arch);
  image.from_cache = false;
  image.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  spdlog::debug("replay: kernel {} in {:.1f} s", key, image.seconds);
  return image;
}

}  // namespace sgproof::replay

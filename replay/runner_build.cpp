#include "replay/runner_build.hpp"

#include <map>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"
#include "replay/error_ids.hpp"
#include "replay/kernel_image.hpp"

namespace sgproof::replay {
namespace {

constexpr const char* kKind = "replay-runner";

using Files = std::map<std::string, std::string>;

Files runner_files() {
  Files out;
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

/// The harness headers that the runner includes; it is given no others.
Files harness_files() {
  Files out;
  for (const char* name :
       {"sgp_abi.h", "sgp_maps.h", "sgp_ops.h", "sgp_copy_ops.h", "sgp_table_ops.h"})
    out[name] = extract::read_file(extract::harness_dir() / name);
  return out;
}

void write(const Files& files, const std::filesystem::path& dir) {
  extract::make_dirs(dir);
  for (const auto& [name, text] : files) extract::write_file(dir / name, text);
}

Files accessor_files(const extract::Tree& tree) {
  return {{"sgp_accessors.h", extract::accessors_header(tree)}};
}

/// The runner compiled for the base, in a directory of the cache.
std::filesystem::path base_runner(const extract::Tree& base, const std::string& config,
                                  const BuildDirs& dirs, const extract::Context& context) {
  extract::Hasher hash;
  hash.field("replay-runner/1").field(build_key(base, config)).field(runner_sources_id());
  hash.field(extract::accessors_header(base));
  const auto key = hash.hex();
  if (auto found = context.cache.find(kKind, key)) return *found / "runner";
  const auto lock = context.cache.lock(kKind, key, context.cancel);
  if (auto found = context.cache.find(kKind, key)) return *found / "runner";
  auto staging = context.cache.stage();
  const auto work = context.cache.stage();
  auto of_base = build_dirs(base, work.path());
  of_base.build = dirs.build;
  of_base.runner = staging.path() / "runner";
  write(runner_files(), of_base.runner);
  write(harness_files(), of_base.harness);
  write(accessor_files(base), of_base.accessors);
  KernelBuild(of_base, arch_of(config), context).compile_runner();
  return context.cache.publish(std::move(staging), kKind, key, {"runner/sgp_runner.ko"}) / "runner";
}

}  // namespace

std::string runner_sources_id() {
  extract::Hasher hash;
  for (const auto& files : {runner_files(), harness_files()})
    for (const auto& [name, text] : files) hash.field(name).field(text);
  return hash.hex();
}

BuildDirs build_dirs(const extract::Tree& tree, const std::filesystem::path& work) {
  return {.tree = tree.path,
          .build = work / "build",
          .runner = work / "runner",
          .harness = work / "harness",
          .accessors = work / "accessors"};
}

void start_runner(const extract::Tree& tree, const std::string& config, const BuildDirs& dirs,
                  const BuildStart& start, const extract::Context& context) {
  extract::copy_tree(base_runner(start.base, config, dirs, context), dirs.runner,
                     extract::CopyMode::Content);
  write(harness_files(), dirs.harness);
  write(accessor_files(tree), dirs.accessors);
  extract::set_times(dirs.runner, start.unchanged);
  extract::set_times(dirs.harness, start.unchanged);
  if (accessor_files(tree) == accessor_files(start.base))
    extract::set_times(dirs.accessors, start.unchanged);
}

}  // namespace sgproof::replay

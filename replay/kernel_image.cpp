#include "replay/kernel_image.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <map>

#include "kernel-extract/config.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"
#include "replay/base_build.hpp"
#include "replay/error_ids.hpp"
#include "replay/kernel_build.hpp"

namespace sgproof::replay {
namespace {

constexpr const char* kImageKind = "replay-image";
constexpr const char* kKernel = "kernel";
constexpr const char* kInitramfs = "initramfs.cpio";
constexpr const char* kSymbols = "Module.symvers";

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

std::string image_key(const extract::Tree& tree, const std::string& config,
                      const std::string& accessors) {
  extract::Hasher hash;
  hash.field("replay-image/3").field(build_key(tree, config)).field(accessors);
  for (const auto& [name, text] : runner_files()) hash.field(name).field(text);
  for (const char* name : {"sgp_abi.h", "sgp_ops.h", "sgp_copy_ops.h", "sgp_table_ops.h"})
    hash.field(extract::read_file(extract::harness_dir() / name));
  return hash.hex();
}

KernelImage image_at(const std::filesystem::path& dir, const std::string& key,
                     const std::string& config) {
  return {.id = key,
          .config = config,
          .arch = arch_of(config),
          .kernel = dir / kKernel,
          .initramfs = dir / kInitramfs,
          .symbols = dir / kSymbols,
          .from_cache = true};
}

}  // namespace

std::optional<Arch> machine_of(const std::string& config) {
  const auto arch = extract::load_config(config).arch;
  for (const auto machine : {Arch::X86_64, Arch::I386, Arch::Um})
    if (make_arch(machine) == arch) return machine;
  return {};
}

Arch arch_of(const std::string& config) {
  const auto machine = machine_of(config);
  if (!machine)
    throw Error(ErrorKind::Unsupported, id::kNoMachine, "replay",
                fmt::format("no machine for {} is booted", config));
  return *machine;
}

bool sees_calls(const std::string& config) {
  const auto machine = machine_of(config);
  return machine && *machine != Arch::Um;
}

KernelImage build_kernel(const extract::Tree& tree, const std::string& config,
                         const extract::Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  const auto accessors = extract::accessors_header(tree);
  const auto key = image_key(tree, config, accessors);
  if (auto found = context.cache.find(kImageKind, key)) return image_at(*found, key, config);
  const auto lock = context.cache.lock(kImageKind, key, context.cancel);
  if (auto found = context.cache.find(kImageKind, key)) return image_at(*found, key, config);

  const auto work = context.cache.stage();
  const BuildDirs dirs{.tree = tree.path,
                       .build = work.path() / "build",
                       .runner = work.path() / "runner",
                       .accessors = work.path() / "accessors"};
  const auto start = start_build(tree, config, dirs.build, context);
  extract::make_dirs(dirs.runner);
  extract::make_dirs(dirs.accessors);
  for (const auto& [name, text] : runner_files()) extract::write_file(dirs.runner / name, text);
  extract::write_file(dirs.accessors / "sgp_accessors.h", accessors);

  KernelBuild build(dirs, arch_of(config), context);
  if (start.patched) {
    if (start.kconfig_changed) build.configure(dot_config(tree, config, context));
    build.compile();
  }
  build.compile_runner();
  auto staging = context.cache.stage();
  std::filesystem::copy_file(build.bootable(), staging.path() / kKernel);
  std::filesystem::copy_file(dirs.build / "Module.symvers", staging.path() / kSymbols);
  build.pack(staging.path() / kInitramfs, {"sgp_runner.ko"});
  const auto dir =
      context.cache.publish(std::move(staging), kImageKind, key, {kKernel, kInitramfs, kSymbols});
  auto image = image_at(dir, key, config);
  image.from_cache = false;
  image.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  spdlog::debug("replay: kernel {} in {:.1f} s", key, image.seconds);
  return image;
}

}  // namespace sgproof::replay

#include "replay/kernel_image.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "kernel-extract/config.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"
#include "replay/error_ids.hpp"
#include "replay/kernel_build.hpp"
#include "replay/runner_build.hpp"

namespace sgproof::replay {
namespace {

constexpr const char* kImageKind = "replay-image";
constexpr const char* kKernel = "kernel";
constexpr const char* kInitramfs = "initramfs.cpio";
constexpr const char* kSymbols = "Module.symvers";

std::string image_key(const extract::Tree& tree, const std::string& config,
                      const std::string& accessors) {
  extract::Hasher hash;
  hash.field("replay-image/4").field(build_key(tree, config)).field(accessors);
  hash.field(runner_sources_id());
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

KernelImage build_kernel(const extract::Tree& tree, const std::string& config,
                         const extract::Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  const auto key = image_key(tree, config, extract::accessors_header(tree));
  if (auto found = context.cache.find(kImageKind, key)) return image_at(*found, key, config);
  const auto lock = context.cache.lock(kImageKind, key, context.cancel);
  if (auto found = context.cache.find(kImageKind, key)) return image_at(*found, key, config);

  const auto work = context.cache.stage();
  const auto dirs = build_dirs(tree, work.path());
  const auto start = start_build(tree, config, dirs.build, context);
  start_runner(tree, config, dirs, start, context);
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

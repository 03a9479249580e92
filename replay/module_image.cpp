#include "replay/module_image.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"
#include "replay/base_build.hpp"
#include "replay/error_ids.hpp"
#include "replay/kernel_build.hpp"
#include "replay/mailbox.hpp"

namespace sgproof::replay {
namespace {

constexpr const char* kKind = "replay-modules";
constexpr const char* kInitramfs = "initramfs.cpio";

std::filesystem::path loader_source() { return runner_dir().parent_path() / "loader" / "init.c"; }

std::string key_of(const KernelImage& kernel, const std::vector<ModuleSource>& modules) {
  extract::Hasher hash;
  hash.field("replay-modules/1").field(kernel.id).field(extract::read_file(loader_source()));
  for (const auto& module : modules) hash.field(module.name).field(module.text);
  return hash.hex();
}

/// Builds in a copy of the base's build directory: of the patched kernel only its headers and the
/// list of its symbols are needed.
void build(const extract::Tree& tree, const KernelImage& kernel,
           const std::vector<ModuleSource>& modules, const std::filesystem::path& initramfs,
           const extract::Context& context) {
  const auto work = context.cache.stage();
  const BuildDirs dirs{.tree = tree.path,
                       .build = work.path() / "build",
                       .runner = work.path() / "runner",
                       .harness = extract::harness_dir(),
                       .accessors = work.path() / "accessors"};
  const auto start = start_build(tree, kernel.config, dirs.build, context);
  extract::make_dirs(dirs.runner);
  extract::make_dirs(dirs.accessors);
  std::string makefile, order;
  std::vector<std::string> names, files = {"modules"};
  for (const auto& module : modules) {
    extract::write_file(dirs.runner / (module.name + ".c"), module.text);
    makefile += fmt::format("obj-m += {}.o\n", module.name);
    order += fmt::format("/{}.ko\n", module.name);
    names.push_back(module.name);
    files.push_back(module.name + ".ko");
  }
  extract::write_file(dirs.runner / "modules", order);
  extract::write_file(dirs.runner / "Makefile", makefile);
  extract::write_file(dirs.runner / "init.c", extract::read_file(loader_source()));
  extract::write_file(dirs.runner / "mailbox.h", extract::read_file(runner_dir() / "mailbox.h"));
  KernelBuild build(dirs, kernel.arch, context);
  if (start.kconfig_changed) build.configure(dot_config(tree, kernel.config, context));
  if (start.patched) build.prepare_modules();
  extract::write_file(dirs.build / "Module.symvers", extract::read_file(kernel.symbols));
  build.compile_modules(names);
  build.pack(initramfs, files);
}

}  // namespace

KernelImage build_modules(const extract::Tree& tree, const std::string& config,
                          const std::vector<ModuleSource>& modules,
                          const extract::Context& context) {
  auto image = build_kernel(tree, config, context);
  const auto key = key_of(image, modules);
  auto found = context.cache.find(kKind, key);
  if (!found) {
    const auto lock = context.cache.lock(kKind, key, context.cancel);
    found = context.cache.find(kKind, key);
    if (!found) {
      auto staging = context.cache.stage();
      build(tree, image, modules, staging.path() / kInitramfs, context);
      found = context.cache.publish(std::move(staging), kKind, key, {kInitramfs});
    }
  }
  image.initramfs = *found / kInitramfs;
  return image;
}

QemuRun load_modules(const KernelImage& image, CpuKind cpu, const Deadlines& deadlines,
                     const extract::CancelToken& cancel) {
  MachineSpec spec;
  spec.kernel = image.kernel;
  spec.initramfs = image.initramfs;
  spec.arch = image.arch;
  spec.cpu = cpu;
  // what modules say is of level 6 (info)
  spec.cmdline = {"loglevel=7", "kunit.enable=1"};
  const Mailbox mailbox({}, 0);  // the machine has one; nobody uses it
  return run_qemu(spec, mailbox, deadlines, cancel);
}

}  // namespace sgproof::replay

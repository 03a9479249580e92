#include "kernel-extract/native.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/linker.hpp"
#include "kernel-extract/native_target.hpp"
#include "kernel-extract/sandbox.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
using nlohmann::json;
namespace {
constexpr const char* kKind = "native";
constexpr const char* kFormat = "native/3";

std::optional<NativeObject> find_native(const std::string& key, const NativeTarget& target,
                                        const CacheDir& cache) {
  const auto entry = cache.find(kKind, key);
  if (!entry) return std::nullopt;
  const auto text = json::parse(try_read_file(*entry / "native.json").value_or(""), nullptr, false);
  try {
    return NativeObject{*entry / "runner", text.at("unmodelled").get<std::vector<std::string>>(),
                        target.emulator, target.order};
  } catch (const json::exception&) {
    cache.remove(kKind, key);
    return std::nullopt;
  }
}

}  // namespace

NativeObject build_native(const Module& module, const Context& context) {
  const auto& target = native_target(module.arch, module.kconfig);
  if (const auto what = lacking(target); !what.empty())
    throw Error(ErrorKind::Unsupported, id::kNative, "native",
                fmt::format("code for {} is not executed: {}", target.name, what));
  const auto dir = harness_dir();
  Hasher hasher;
  hasher.field(kFormat)
      .field(module.bitcode_hash)
      .field(target.name)
      .field(read_file(dir / "native_main.c"))
      .field(read_file(dir / "sgp_abi.h"));
  for (const auto& flag : target.flags) hasher.field(flag);
  if (!target.runtime.empty()) hasher.field(read_file(dir / target.runtime));
  const auto key = hasher.hex();
  const auto lock = context.cache.lock(kKind, key, context.cancel);
  if (auto known = find_native(key, target, context.cache)) return *known;
  const StageTimer timer(context, "native " + module.config);

  LinkedModule linked;
  linked.add({"module", module.bitcode, module.bitcode_hash, {}});
  NativeObject out;
  out.emulator = target.emulator;
  out.order = target.order;
  out.unmodelled = make_native(linked.get());
  auto staging = context.cache.stage();
  const auto work = staging.path() / "work";
  make_dirs(work);
  linked.write(work / "native.bc");

  SandboxSpec spec;
  spec.mounts = {{dir, "/sgp", false}, {work, "/work", true}};
  spec.directory = "/work";
  spec.deadline = std::chrono::minutes(3);
  std::vector<std::string> argv{"/usr/bin/clang-19"};
  std::ranges::copy(compiler_arguments(target, "/sgp"), std::back_inserter(argv));
  for (const char* argument : {"-O0", "-g0", "-w", "-no-pie", "-fno-pie", "-o", "runner",
                               "/sgp/native_main.c", "-x", "ir", "native.bc"})
    argv.emplace_back(argument);
  const auto result = run_sandboxed(spec, argv, context.cancel);
  if (!result.ok())
    throw Error(
        ErrorKind::Unsupported, id::kNative, "native",
        fmt::format("no native program for {}: {}", module.config, result.err.substr(0, 2000)));
  std::filesystem::rename(work / "runner", staging.path() / "runner");
  remove_tree(work);
  write_file(staging.path() / "native.json", json{{"unmodelled", out.unmodelled}}.dump());
  out.runner =
      context.cache.publish(std::move(staging), kKind, key, {"runner", "native.json"}) / "runner";
  return out;
}

std::vector<std::string> runner_argv(const NativeObject& native) {
  SandboxSpec spec;
  spec.mounts = {{native.runner, "/tmp/sgproof-runner", false}};
  if (native.emulator.empty()) return sandbox_argv(spec, {"/tmp/sgproof-runner"});
  return sandbox_argv(spec, {native.emulator.string(), "/tmp/sgproof-runner"});
}

}  // namespace sgproof::extract

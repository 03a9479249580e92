#include "kernel-extract/native.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/linker.hpp"
#include "kernel-extract/sandbox.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
using nlohmann::json;
namespace {
constexpr const char* kKind = "native";
constexpr const char* kFormat = "native/2";

std::optional<NativeObject> find_native(const std::string& key, const CacheDir& cache) {
  const auto entry = cache.find(kKind, key);
  if (!entry) return std::nullopt;
  const auto text = json::parse(try_read_file(*entry / "native.json").value_or(""), nullptr, false);
  try {
    return NativeObject{*entry / "runner", text.at("unmodelled").get<std::vector<std::string>>()};
  } catch (const json::exception&) {
    cache.remove(kKind, key);
    return std::nullopt;
  }
}

}  // namespace

NativeObject build_native(const Module& module, const Context& context) {
  if (module.arch != "x86_64" && module.arch != "i386")
    throw Error(ErrorKind::Unsupported, id::kNative, "native",
                fmt::format("code for {} cannot run on this machine", module.arch));
  const auto dir = harness_dir();
  const auto key = Hasher()
                       .field(kFormat)
                       .field(module.bitcode_hash)
                       .field(module.arch)
                       .field(read_file(dir / "native_main.c"))
                       .field(read_file(dir / "sgp_abi.h"))
                       .hex();
  const auto lock = context.cache.lock(kKind, key, context.cancel);
  if (auto known = find_native(key, context.cache)) return *known;
  const StageTimer timer(context, "native " + module.config);

  LinkedModule linked;
  linked.add({"module", module.bitcode, module.bitcode_hash, {}});
  NativeObject out;
  out.unmodelled = make_native(linked.get());
  auto staging = context.cache.stage();
  const auto work = staging.path() / "work";
  make_dirs(work);
  linked.write(work / "native.bc");

  SandboxSpec spec;
  spec.mounts = {{dir, "/sgp", false}, {work, "/work", true}};
  spec.directory = "/work";
  spec.deadline = std::chrono::minutes(3);
  std::vector<std::string> argv{
      "/usr/bin/clang-19",  "-O0", "-g0", "-w",       "-no-pie", "-fno-pie", "-o", "runner",
      "/sgp/native_main.c", "-x",  "ir",  "native.bc"};
  if (module.arch == "i386") argv.insert(argv.begin() + 1, {"-m32", "-march=i686", "-msse2"});
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
  return sandbox_argv(spec, {"/tmp/sgproof-runner"});
}

}  // namespace sgproof::extract

#include "replay/kernel_build.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "kernel-extract/config.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/kbuild.hpp"
#include "kernel-extract/sandbox.hpp"
#include "model/error.hpp"
#include "replay/error_ids.hpp"
#include "replay/kernel_image.hpp"

namespace sgproof::replay {
namespace {

/// Against builds that hang; on two cores shared with others an honest one can take an hour.
constexpr auto kBuildLimit = std::chrono::hours(3);
constexpr const char* kLlvm = "LLVM=-19";
constexpr const char* kCompiler = "CC=/compiler/clang-19";

/// Whose fault a failed step is: the tree's when its code does not compile, else ours.
ErrorKind kind_for(const char* error_id) {
  return std::string_view(error_id) == id::kKernelBuild ? ErrorKind::Input : ErrorKind::Unsupported;
}

std::string last_lines(const std::string& text, std::size_t bytes) {
  return text.size() <= bytes ? text : "..." + text.substr(text.size() - bytes);
}

}  // namespace

std::string make_arch(Arch arch) {
  switch (arch) {
    case Arch::I386:
      return "i386";
    case Arch::Um:
      return "um";  // of the machine that it is built on
    case Arch::X86_64:
      break;
  }
  return "x86_64";
}

std::filesystem::path runner_dir() { return SGPROOF_REPLAY_RUNNER_DIR; }

std::filesystem::path compiler_dir() { return SGPROOF_REPLAY_COMPILER_DIR; }

std::string dot_config(const extract::Tree& tree, const std::string& config,
                       const extract::Context& context) {
  const auto build = extract::get_build(tree, extract::load_config(config), context);
  return extract::read_file(build.dir / ".config");
}

std::vector<std::string> changed_symbols(const std::string& wanted, const std::string& given) {
  const auto before = extract::parse_kconfig(wanted);
  const auto after = extract::parse_kconfig(given);
  std::set<std::string> out;
  const auto compare = [&out](const extract::Kconfig& one, const extract::Kconfig& other) {
    for (const auto& [symbol, value] : one) {
      const auto found = other.find(symbol);
      if (found == other.end() || found->second != value) out.insert(symbol);
    }
  };
  compare(before, after);
  compare(after, before);
  return {out.begin(), out.end()};
}

ErrorPlace first_error(const std::string& output) {
  std::istringstream in(output);
  std::string plain;
  for (std::string line; std::getline(in, line);) {
    const auto mark = line.find("error:");
    if (mark == std::string::npos && line.find("ERROR:") == std::string::npos) continue;
    const auto colon = line.find(':');
    ErrorPlace place;
    if (mark == std::string::npos ||
        std::from_chars(line.data() + colon + 1, line.data() + line.size(), place.line).ec !=
            std::errc{}) {
      if (plain.empty()) plain = line;  // a linker's or make's: no line of a source file
      continue;
    }
    place.message = line.substr(mark);
    place.file = line.substr(0, colon);
    for (const char* prefix : {"/src/", "/runner/"})
      if (place.file.starts_with(prefix)) place.file.erase(0, std::string_view(prefix).size());
    return place;
  }
  return {.file = {}, .line = 0, .message = plain};
}

KernelBuild::KernelBuild(BuildDirs dirs, Arch arch, const extract::Context& context)
    : dirs_(std::move(dirs)), arch_(arch), context_(context) {}

void KernelBuild::sandboxed(const std::string& stage, const char* error_id,
                            const std::vector<std::string>& argv, const std::string& directory,
                            const std::string& input, const std::filesystem::path& output) {
  const extract::StageTimer timer(context_, stage);
  extract::SandboxSpec spec;
  spec.mounts = {{.host = dirs_.tree, .inside = "/src", .writable = false},
                 {.host = dirs_.build, .inside = "/build", .writable = true},
                 {.host = compiler_dir(), .inside = "/compiler", .writable = false}};
  if (!dirs_.runner.empty()) {
    spec.mounts.push_back({.host = dirs_.runner, .inside = "/runner", .writable = true});
    spec.mounts.push_back({.host = dirs_.harness, .inside = "/harness", .writable = false});
    spec.mounts.push_back({.host = dirs_.accessors, .inside = "/accessors", .writable = false});
  }
  spec.directory = directory;
  spec.deadline = kBuildLimit;
  spec.input = input;
  spec.output_file = output;
  const auto result = extract::run_sandboxed(spec, argv, context_.cancel);
  if (result.ok()) return;
  const auto place = first_error(result.err);
  throw Error(kind_for(error_id), error_id, stage,
              fmt::format("{} failed with code {}: {}", argv.at(0), result.exit_code,
                          place.message.empty() ? last_lines(result.err, 2000) : place.message))
      .at(place.file, place.line)
      .hint("the whole output: " + last_lines(result.err, 4000));
}

void KernelBuild::make(const std::string& stage, const char* error_id,
                       const std::vector<std::string>& args) {
  std::vector<std::string> argv{"make",
                                "-s",
                                "-C",
                                "/src",
                                "O=/build",
                                kLlvm,
                                kCompiler,
                                "ARCH=" + make_arch(arch_),
                                fmt::format("-j{}", context_.jobs)};
  argv.insert(argv.end(), args.begin(), args.end());
  sandboxed(stage, error_id, argv, "/build");
}

void KernelBuild::configure(const std::string& dot_config) {
  extract::write_file(dirs_.build / ".config", dot_config);
  make("replay configure", id::kConfigLost, {"olddefconfig"});
  const auto changed = changed_symbols(dot_config, extract::read_file(dirs_.build / ".config"));
  if (changed.empty()) return;
  throw Error(ErrorKind::Unsupported, id::kConfigLost, "replay configure",
              fmt::format("the tree's Kconfig gives CONFIG_{} another value than for the "
                          "extraction ({} symbols in all)",
                          changed.front(), changed.size()))
      .at("CONFIG_" + changed.front())
      .hint("what would be booted is not what is proved");
}

void KernelBuild::compile() { make("replay kernel", id::kKernelBuild, {"vmlinux", "modules"}); }

std::filesystem::path KernelBuild::bootable() {
  if (!extract::parse_kconfig(extract::read_file(dirs_.build / ".config")).contains("KASAN"))
    return dirs_.build / "vmlinux";
  make("replay bzImage", id::kKernelBuild, {"bzImage"});
  return dirs_.build / "arch/x86/boot/bzImage";
}

void KernelBuild::compile_runner() {
  make("replay runner", id::kRunnerBuild,
       {"M=/runner", "SGP_HARNESS=/harness", "SGP_ACCESSORS=/accessors", "modules"});
  compile_init(id::kRunnerBuild);
  strip(id::kRunnerBuild, "sgp_runner");
}

void KernelBuild::prepare_modules() {
  make("replay modules", id::kKernelBuild, {"modules_prepare"});
}

void KernelBuild::compile_modules(const std::vector<std::string>& names) {
  make("replay modules", id::kModuleBuild, {"M=/runner", "modules"});
  compile_init(id::kModuleBuild);
  for (const auto& name : names) strip(id::kModuleBuild, name);
}

void KernelBuild::compile_init(const char* error_id) {
  std::vector<std::string> argv{"gcc",        "-O2", "-static",      "-s",
                                "-I/harness", "-o",  "/runner/init", "/runner/init.c"};
  if (arch_ == Arch::I386) argv.emplace_back("-m32");
  sandboxed("replay runner", error_id, argv, "/runner");
}

void KernelBuild::strip(const char* error_id, const std::string& module) {
  sandboxed("replay runner", error_id,
            {"llvm-strip-19", "-g", fmt::format("/runner/{}.ko", module)}, "/runner");
}

void KernelBuild::pack(const std::filesystem::path& file, const std::vector<std::string>& files) {
  std::string names = "init\n";
  for (const auto& name : files) names += name + "\n";
  sandboxed("replay initramfs", id::kInitramfs,
            {"cpio", "--quiet", "--reproducible", "-o", "-H", "newc"}, "/runner", names, file);
}

}  // namespace sgproof::replay

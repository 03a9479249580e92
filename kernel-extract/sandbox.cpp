#include "kernel-extract/sandbox.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace {

/// Read-only parts of the host that compilers and make need. A merged /usr has symbolic links in
/// the root directory, which are kept as such.
void add_system(std::vector<std::string>& argv) {
  argv.insert(argv.end(), {"--ro-bind", "/usr", "/usr"});
  for (const char* dir : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    switch (kind_of(dir)) {
      case FileKind::Symlink:
        argv.insert(argv.end(), {"--symlink", std::filesystem::read_symlink(dir).string(), dir});
        break;
      case FileKind::Directory:
        argv.insert(argv.end(), {"--ro-bind", dir, dir});
        break;
      default:
        break;
    }
  }
  for (const char* path :
       {"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"})
    argv.insert(argv.end(), {"--ro-bind-try", path, path});
  argv.insert(argv.end(), {"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"});
}

Error unusable(const std::string& reason) {
  return Error(ErrorKind::Environment, id::kSandbox, "sandbox",
               "the sandbox (bubblewrap) does not work on this machine: " + reason)
      .hint(
          "install bubblewrap and allow unprivileged user namespaces "
          "(sysctl kernel.unprivileged_userns_clone, "
          "kernel.apparmor_restrict_unprivileged_userns); "
          "sgproof never runs a tree's makefiles outside it");
}

/// The reason why the sandbox does not work here, or nothing.
std::optional<std::string> probe() {
  try {
    Command command;
    command.argv = sandbox_argv({}, {"/usr/bin/true"});
    command.deadline = std::chrono::seconds(20);
    const auto result = run_process(command);
    if (result.ok()) return std::nullopt;
    return result.err.empty() ? fmt::format("exit code {}", result.exit_code) : result.err;
  } catch (const Error& error) {
    return error.what();
  }
}

/// A tool that found the disk full says so in its own way, and fails like one whose input is wrong.
void throw_if_disk_full(const SandboxSpec& spec, const std::string& tool,
                        const ProcessResult& result) {
  for (const int error : {ENOSPC, EDQUOT}) {
    const std::string words = std::strerror(error);
    if (result.err.find(words) == std::string::npos && result.out.find(words) == std::string::npos)
      continue;
    for (const auto& mount : spec.mounts)
      if (mount.writable) throw_errno("run " + tool + " in", mount.host, error);
  }
}

}  // namespace

std::vector<std::string> sandbox_argv(const SandboxSpec& spec,
                                      const std::vector<std::string>& argv) {
  std::vector<std::string> out{
      "bwrap",         "--unshare-all", "--unshare-user", "--uid",      "1000", "--gid",
      "1000",          "--hostname",    "sgproof",        "--cap-drop", "ALL",  "--die-with-parent",
      "--new-session", "--clearenv"};
  add_system(out);
  for (const auto& mount : spec.mounts)
    out.insert(out.end(),
               {mount.writable ? "--bind" : "--ro-bind", mount.host.string(), mount.inside});
  std::map<std::string, std::string> environment{
      {"PATH", "/usr/bin:/bin:/usr/sbin:/sbin"},
      {"HOME", "/tmp"},
      {"TMPDIR", "/tmp"},
      {"LC_ALL", "C"},
      {"TZ", "UTC"},
      {"SOURCE_DATE_EPOCH", "0"},
      {"KBUILD_BUILD_USER", "sgproof"},
      {"KBUILD_BUILD_HOST", "sgproof"},
      {"KBUILD_BUILD_VERSION", "1"},
      {"KBUILD_BUILD_TIMESTAMP", "Thu Jan  1 00:00:00 UTC 1970"}};
  for (const auto& [name, value] : spec.environment) environment[name] = value;
  for (const auto& [name, value] : environment) out.insert(out.end(), {"--setenv", name, value});
  out.insert(out.end(), {"--chdir", spec.directory, "--"});
  out.insert(out.end(), argv.begin(), argv.end());
  return out;
}

void require_sandbox() {
  static const auto reason = probe();
  if (reason) throw unusable(*reason);
}

ProcessResult run_sandboxed(const SandboxSpec& spec, const std::vector<std::string>& argv,
                            const CancelToken& cancel) {
  require_sandbox();
  Command command;
  command.argv = sandbox_argv(spec, argv);
  command.deadline = spec.deadline;
  command.limits = spec.limits;
  command.output_file = spec.output_file;
  command.input = spec.input;
  auto result = run_process(command, cancel);
  if (result.timed_out)
    throw Error(ErrorKind::Environment, id::kTimeLimit, "sandbox",
                fmt::format("{} took longer than {} s and was stopped", argv.at(0),
                            spec.deadline.count() / 1000));
  if (result.exit_code == 1 && result.err.starts_with("bwrap: ")) throw unusable(result.err);
  if (!result.ok()) throw_if_disk_full(spec, argv.at(0), result);
  return result;
}

}  // namespace sgproof::extract

#include "kernel-extract/git.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The directories outside `repository` that its git data refers to: those of a linked work tree,
/// the common directory, and object stores that are borrowed from.
std::vector<stdfs::path> referred(const stdfs::path& repository) {
  std::vector<stdfs::path> out;
  stdfs::path git_dir = repository / ".git";
  if (kind_of(git_dir) == FileKind::Regular) {
    const auto text = first_line(try_read_file(git_dir).value_or(""));
    if (!text.starts_with("gitdir: ")) return out;
    git_dir = (repository / text.substr(8)).lexically_normal();
    out.push_back(git_dir);
    if (const auto common = try_read_file(git_dir / "commondir")) {
      git_dir = (git_dir / first_line(*common)).lexically_normal();
      out.push_back(git_dir);
    }
  }
  std::istringstream alternates(try_read_file(git_dir / "objects/info/alternates").value_or(""));
  for (std::string line; std::getline(alternates, line);)
    if (!line.empty()) out.push_back((git_dir / "objects" / line).lexically_normal());
  return out;
}

std::vector<std::string> git_argv(const std::vector<std::string>& args) {
  std::vector<std::string> argv{"/usr/bin/git"};
  // Settings of the repository that would start programs, and the check of who owns it.
  for (const char* setting :
       {"safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null",
        "core.untrackedCache=false", "core.pager=cat", "diff.external=", "gc.auto=0",
        "core.attributesFile=/dev/null", "core.excludesFile=/dev/null", "core.quotePath=true",
        "advice.detachedHead=false"})
    argv.insert(argv.end(), {"-c", setting});
  argv.insert(argv.end(), args.begin(), args.end());
  return argv;
}

const std::map<std::string, std::string> kCleanGit{{"GIT_CONFIG_NOSYSTEM", "1"},
                                                   {"GIT_CONFIG_GLOBAL", "/dev/null"},
                                                   {"GIT_TERMINAL_PROMPT", "0"},
                                                   {"GIT_OPTIONAL_LOCKS", "0"},
                                                   {"GIT_NO_LAZY_FETCH", "1"}};

}  // namespace

bool is_git_work_tree(const stdfs::path& dir) {
  const auto kind = kind_of(dir / ".git");
  return kind == FileKind::Directory || kind == FileKind::Regular;
}

ProcessResult git_read(const stdfs::path& repository, const std::vector<std::string>& args,
                       const CancelToken& cancel, const stdfs::path& output_file) {
  SandboxSpec spec;
  const auto root = stdfs::weakly_canonical(repository);
  spec.mounts.push_back({root, root.string(), false});
  for (const auto& dir : referred(root))
    if (kind_of(dir) == FileKind::Directory) spec.mounts.push_back({dir, dir.string(), false});
  spec.directory = root.string();
  spec.environment = kCleanGit;
  spec.output_file = output_file;
  return run_sandboxed(spec, git_argv(args), cancel);
}

ProcessResult git_plain(const stdfs::path& directory, const std::vector<std::string>& args,
                        const std::vector<Mount>& mounts, const CancelToken& cancel) {
  SandboxSpec spec;
  spec.mounts = mounts;
  spec.mounts.insert(spec.mounts.begin(), {directory, "/work", true});
  spec.directory = "/work";
  spec.environment = kCleanGit;
  spec.environment["GIT_CEILING_DIRECTORIES"] = "/";
  return run_sandboxed(spec, git_argv(args), cancel);
}

std::string resolve_commit(const stdfs::path& repository, const std::string& revision,
                           const CancelToken& cancel) {
  const auto result = git_read(
      repository, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"},
      cancel);
  const auto commit = first_line(result.out);
  if (!result.ok() || commit.size() != 40)
    throw Error(ErrorKind::Input, id::kGitRange, "series",
                fmt::format("'{}' names no commit of {}", revision, repository.string()))
        .at(repository.string())
        .hint(result.err.empty() ? "check the range with `git log`" : result.err);
  return commit;
}

}  // namespace sgproof::extract

// Every use of git: on the user's repository (read-only) and for applying patches.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernel-extract/process.hpp"
#include "kernel-extract/sandbox.hpp"

namespace sgproof::extract {

/// Whether git's own data lies in the directory (a repository or a linked work tree).
[[nodiscard]] bool is_git_work_tree(const std::filesystem::path& dir);

/// Runs git on the user's repository in the sandbox: it sees the repository (with the directories
/// it refers to) read-only, at its own path, without the user's configuration, hooks or helpers.
[[nodiscard]] ProcessResult git_read(const std::filesystem::path& repository,
                                     const std::vector<std::string>& args,
                                     const CancelToken& cancel,
                                     const std::filesystem::path& output_file = {});

/// Runs git in a directory that is no repository, which it may write; `mounts` are added read-only.
[[nodiscard]] ProcessResult git_plain(const std::filesystem::path& directory,
                                      const std::vector<std::string>& args,
                                      const std::vector<Mount>& mounts, const CancelToken& cancel);

/// The commit that a revision names, as 40 hexadecimal digits. Throws Error(Input, SGP-E0115).
[[nodiscard]] std::string resolve_commit(const std::filesystem::path& repository,
                                         const std::string& revision, const CancelToken& cancel);

}  // namespace sgproof::extract

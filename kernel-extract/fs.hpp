// File operations with our errors: whole files, whole trees, reading inside an untrusted tree.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sgproof::extract {

/// Throws the Error for a failed file operation: SGP-E0144 when the disk is full, else SGP-E0145.
[[noreturn]] void throw_errno(std::string_view doing, const std::filesystem::path& file, int error);

/// The content of a file. Throws Error(Environment).
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

/// The content of a file, or nothing when it does not exist or cannot be read.
[[nodiscard]] std::optional<std::string> try_read_file(const std::filesystem::path& file);

/// Writes a file as a whole: a reader sees the old content or the new, never a part.
void write_file(const std::filesystem::path& file, std::string_view content);

/// Creates the directory and its parents.
void make_dirs(const std::filesystem::path& dir);

/// Removes a file or tree, whatever the modes of its directories; absent is fine, failure is
/// ignored.
void remove_tree(const std::filesystem::path& path) noexcept;

/// How copy_tree makes the files of the copy.
enum class CopyMode : std::uint8_t {
  Hardlink,  ///< same inodes: files must be replaced, never written in place
  Content,   ///< own inodes, times and modes kept
};

/// Copies a tree of directories, files and symbolic links (others are left out) into `to`, which is
/// created.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to, CopyMode mode);

/// The relative names of everything below `dir` that is no directory, sorted. Directories called
/// `skip` directly below `dir` are left out.
[[nodiscard]] std::vector<std::string> list_tree(const std::filesystem::path& dir,
                                                 std::string_view skip = {});

/// Sets the modification time (seconds since the epoch) of everything below and including `dir`.
/// Base trees carry one fixed time and their builds a later one, so that make sees exactly the
/// files of a series as newer.
void set_times(const std::filesystem::path& dir, std::int64_t seconds);

/// What kind of thing a path inside an untrusted tree is; symbolic links are not followed.
enum class FileKind : std::uint8_t { Absent, Regular, Directory, Symlink, Other };
[[nodiscard]] FileKind kind_of(const std::filesystem::path& path);

/// Reads `relative` inside `root` without ever leaving it (openat2 RESOLVE_BENEATH); nothing when
/// it is absent, leaves the tree, or is no regular file.
[[nodiscard]] std::optional<std::string> read_beneath(const std::filesystem::path& root,
                                                      const std::string& relative);

}  // namespace sgproof::extract

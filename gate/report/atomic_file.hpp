// Files that are there as a whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace sgproof::gate {

/// Writes `content` to a temporary file beside `file`, syncs it and renames it over `file`. On an
/// error (no space, no permission) nothing is left behind, an older file stays as it was, and
/// sgproof::Error(Environment, SGP-E0601) is thrown.
void write_atomically(const std::filesystem::path& file, std::string_view content);

/// The same with another write(2), for tests of full disks: it returns bytes written or -1 and
/// errno.
using WriteCall = std::function<long(int fd, const char* data, std::size_t size)>;
void write_atomically(const std::filesystem::path& file, std::string_view content,
                      const WriteCall& write_call);

}  // namespace sgproof::gate

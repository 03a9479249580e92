// Where a compiler runs, and what it sees there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernel-extract/kbuild.hpp"
#include "kernel-extract/sandbox.hpp"

namespace sgproof::extract {

/// Where the files that a compiler sees inside the sandbox are on the host.
struct CompileSite {
  const Tree& tree;                 ///< /src
  const Build& build;               ///< /build
  std::filesystem::path harness;    ///< /sgp
  std::filesystem::path generated;  ///< /build/sgp
  std::string id{};                 ///< hash of names and command: what is not in the dependencies
  Overlay overlay{};                ///< files that are seen instead of the tree's
};

/// Runs a compiler in the sandbox of the site, with `out` writable as /out. `more` are mounted over
/// the site's files.
[[nodiscard]] ProcessResult run_compiler(const CompileSite& site, const std::filesystem::path& out,
                                         const std::vector<Mount>& more,
                                         const std::vector<std::string>& argv,
                                         const CancelToken& cancel);

}  // namespace sgproof::extract

// Turns what the compiler and make wrote into errors that name file and line of the tree.
#pragma once

#include <string>

#include "kernel-extract/process.hpp"
#include "model/error.hpp"

namespace sgproof::extract {

/// The text with the sandbox's paths shown relative to the tree ("/src/kernel/x.c" → "kernel/x.c").
[[nodiscard]] std::string relative_paths(std::string text);

/// The error for a compiler that failed: Input (SGP-E0130) with the place of the first error when
/// it is in the tree, Unsupported (SGP-E0132) when it is in our harness, which then does not fit
/// the tree. `what` says what was compiled.
[[nodiscard]] Error compile_error(const std::string& what, const std::string& err);

/// The error for a make that failed: a compiler's error when there is one, else `id` with the last
/// lines that it wrote.
[[nodiscard]] Error make_error(const char* id, const std::string& stage,
                               const ProcessResult& result);

}  // namespace sgproof::extract

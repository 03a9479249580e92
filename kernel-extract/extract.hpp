// The room's front door: from TREE and SERIES to a Module.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel-extract/missing.hpp"
#include "kernel-extract/module.hpp"
#include "kernel-extract/series.hpp"

namespace sgproof::extract {

/// What the user gave, opened: the base, and the patched tree when there is a series.
struct Source {
  Tree base;
  std::optional<PatchedTree> patched;
  std::vector<std::string> patches;  ///< how the patches are called, in order
  /// The tree that is judged.
  [[nodiscard]] const Tree& subject() const { return patched ? patched->tree : base; }
};

/// Opens TREE and applies SERIES. With a git range of TREE the base is the commit that the range
/// starts from, not the work tree. Throws what open_tree(), read_series() and apply_series() throw.
[[nodiscard]] Source open_source(const std::string& tree, const std::optional<std::string>& series,
                                 const Context& context);

struct ExtractOptions {
  /// External functions that the engine executes itself: not looked up in the tree. The harness's
  /// own list is added.
  std::vector<std::string> modelled;
  MissingOptions missing;
};

/// The code of a tree in a configuration. Everything is cached by content: asking again costs some
/// milliseconds, and after a change only the units that it touches are compiled.
[[nodiscard]] Module extract_module(const Tree& tree, const std::string& config_name,
                                    const ExtractOptions& options, const Context& context);

/// The same with the content of some files changed ("kernel/dma/direct.c" → content), which must
/// not matter to `make prepare`. Nothing of the tree is copied. If only the body of one function
/// changes, its name spares the compilation of units whose bitcode does not have it.
[[nodiscard]] Module extract_variant(const Tree& tree,
                                     const std::map<std::string, std::string>& changed,
                                     const std::string& config_name, const ExtractOptions& options,
                                     const Context& context, const std::string& function = {});

/// Both steps at once.
[[nodiscard]] Module extract_module(const std::string& tree,
                                    const std::optional<std::string>& series,
                                    const std::string& config_name, const ExtractOptions& options,
                                    const Context& context);

}  // namespace sgproof::extract

// The leading #include lines of a file, compiled once for many variants of what follows them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "kernel-extract/cache_dir.hpp"
#include "kernel-extract/compile_site.hpp"
#include "kernel-extract/units.hpp"

namespace sgproof::extract {

/// A precompiled header, and the lines that it stands for.
struct Preamble {
  std::filesystem::path dir;  ///< has preamble.h and preamble.pch; the compiler's /preamble
  std::string main;           ///< the file of the tree that begins with `text`
  std::string text;
};

/// Length in bytes of the beginning that has only blank lines, comments and whole directives, and
/// ends after a directive outside of all #if.
[[nodiscard]] std::size_t leading_directives(std::string_view source);

/// The same, up to the #include that leads to `file` ("include/linux/mm.h"). `listing` is what
/// clang's -H prints, `main` the path in it of the file that has the source.
[[nodiscard]] std::size_t directives_before(std::string_view source, std::string_view listing,
                                            std::string_view main, std::string_view file);

/// The preamble of the unit for variants of one file of the tree, from the cache or made. Nothing
/// when the file is needed before anything else, or the unit's code is not the same with it. The
/// site must be the one without variants, and `unchanged` the unit compiled there.
[[nodiscard]] std::optional<Preamble> get_preamble(const CompileSite& site, const Unit& unit,
                                                   const std::string& changed,
                                                   const CompiledUnit& unchanged,
                                                   const Context& context);

/// Compiles the unit with the preamble, for the site's variants, to /out/unit.bc. Nothing when a
/// variant changes the preamble, or the compiler does not take it.
[[nodiscard]] std::optional<ProcessResult> compile_behind(const Preamble& preamble,
                                                          const CompileSite& site, const Unit& unit,
                                                          const std::filesystem::path& out,
                                                          const Context& context);

}  // namespace sgproof::extract

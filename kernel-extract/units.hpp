// Compiles translation units to bitcode, only when something they are made from has changed.
#pragma once

#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kernel-extract/compile_site.hpp"
#include "kernel-extract/harness.hpp"
#include "model/error.hpp"

namespace sgproof::extract {

/// A unit to compile: a path inside the sandbox ("/sgp/tu_direct.c", "/src/lib/sort.c").
struct Unit {
  std::string name;  ///< unique among those linked together
  std::string source;
};

/// Its bitcode in the cache, and the files that it was made from, relative to the tree.
struct CompiledUnit {
  std::string name;
  std::filesystem::path bitcode;
  std::string digest;  ///< SHA-256 of the bitcode file
  std::vector<std::string> tree_files;
};

/// Compiles the units, `context.jobs` at a time; those whose dependencies have the content of an
/// earlier compilation are taken from the cache. Throws the first unit's error (see compile_error).
class UnitCompiler {
 public:
  UnitCompiler(CompileSite site, const Context& context);

  /// The overlay only changes the body of this function: units that do not have it are taken as
  /// `unchanged` compiles them, which must outlive this.
  void only_changes(const std::string& function, UnitCompiler& unchanged);

  [[nodiscard]] std::vector<CompiledUnit> compile(const std::vector<Unit>& units);
  [[nodiscard]] CompiledUnit compile(const Unit& unit);

  /// Compiles each unit for itself: what failed has its error in the same place instead.
  [[nodiscard]] std::vector<std::variant<CompiledUnit, Error>> compile_each(
      const std::vector<Unit>& units);

  /// How many units were really compiled.
  [[nodiscard]] int compiled() const { return compiled_; }

 private:
  struct Outcome {
    std::optional<CompiledUnit> unit;
    std::exception_ptr error;
  };
  [[nodiscard]] std::vector<Outcome> run(const std::vector<Unit>& units, bool stop_at_error);
  [[nodiscard]] std::string content_hash(const std::string& inside);
  [[nodiscard]] std::string combined_hash(const std::vector<std::string>& dependencies);
  [[nodiscard]] std::filesystem::path map_file(const std::string& key) const;
  /// Runs the compiler; the output is in `out`.
  [[nodiscard]] ProcessResult run(const Unit& unit, const std::optional<CompiledUnit>& was,
                                  const std::filesystem::path& out) const;

  CompileSite site_;
  const Context& context_;
  std::string function_;  ///< see only_changes(); empty: anything may have changed
  UnitCompiler* unchanged_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, std::string> hashes_;  ///< by path inside the sandbox
  int compiled_ = 0;
};

}  // namespace sgproof::extract

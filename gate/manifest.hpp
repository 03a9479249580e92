// The manifest: what must be shown, and at which scope at least. A line that vanished or shrank
// makes a run inconclusive and is named.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gate/report/result.hpp"

namespace sgproof::gate {

struct ManifestLine {
  std::string invariant, clause, function, config;
  unsigned min_nents = 0;           ///< least bound on nents
  Outcome least = Outcome::Proved;  ///< Proved, Tested or Audited; what is proved is also tested
};

enum class MissingKind : std::uint8_t { Absent, ScopeShrank, TooWeak };

/// A manifest line that the obligations do not answer.
struct MissingLine {
  ManifestLine line;
  MissingKind kind = MissingKind::Absent;
  std::string found;  ///< what was found instead
  std::string text;   ///< names the line and says that
};

/// Lines of a manifest: {"schema": "sgproof-manifest/1", "lines": [{invariant, clause, function,
/// config, min_nents, outcome?}]}. Throws sgproof::Error(Input, SGP-E0603) naming the JSON pointer
/// for unknown or missing keys, wrong types, empty names, and the same line twice.
std::vector<ManifestLine> manifest_from_json(const nlohmann::json& json);

/// Reads a manifest file; errors name the file.
std::vector<ManifestLine> read_manifest(const std::filesystem::path& file);

/// What a configuration without lines of its own must show: what the one that it extends, or is
/// like, must, but for what `without` names: invariants ("IOM-1", or all of "IOM"), clauses
/// ("MAP-4 given-back") and functions.
std::vector<ManifestLine> inherited(const std::vector<ManifestLine>& lines,
                                    const std::string& config, const std::string& extends,
                                    const std::vector<std::string>& without);

/// Which lines have no obligation at their scope. An obligation that is there but inconclusive or
/// refuted answers its line here: the verdict judges it by itself.
std::vector<MissingLine> missing(const std::vector<ManifestLine>& lines,
                                 const std::vector<Obligation>& obligations);

}  // namespace sgproof::gate

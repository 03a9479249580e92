// Configurations: small files that say how a kernel is configured and what must come of it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sgproof::extract {

/// One file of kernel-extract/configs.
struct Config {
  std::string name;
  std::string arch;  ///< ARCH= of the kernel's make
  std::vector<std::string>
      fragment;  ///< lines of a .config, on top of the tree's own tiny configuration
  /// What must hold afterwards: "SYMBOL" (y), "!SYMBOL" (absent or n), "SYMBOL=value", "A|B" (one
  /// of them y).
  std::vector<std::string> checks;
  bool on_request = false;  ///< judged only where it is asked for by name
  std::string extends;      ///< the configuration that it differs from; empty: none
  /// Invariants, families of them ("IOM"), clauses ("MAP-4 given-back") and functions that speak of
  /// code which this configuration has not, and the one that it extends has.
  std::vector<std::string> without;
  /// A configuration, of another architecture too, whose units it has and whose lines of the
  /// manifest it answers, but for `without`; nothing else of it. Empty: the one that it extends.
  std::string like;
  std::string id;  ///< hash of the file, and of the one that it extends

  /// Whose units and lines it has where there are none of its own; empty: nobody's.
  [[nodiscard]] const std::string& stands_by() const { return like.empty() ? extends : like; }
};

/// The names of all configurations, sorted.
[[nodiscard]] std::vector<std::string> config_names();

/// Loads a configuration. One that "extends" another has that one's fragment before its own, and
/// its checks but for those on symbols that it checks itself. Throws Error(Input, SGP-E0120) when
/// there is none of that name.
[[nodiscard]] Config load_config(const std::string& name);

/// Where the files are: $SGPROOF_CONFIG_DIR, else the directory they were built with.
[[nodiscard]] std::filesystem::path config_dir();

/// The symbols of a .config: CONFIG_ is left out, "is not set" is absent.
using Kconfig = std::map<std::string, std::string>;
[[nodiscard]] Kconfig parse_kconfig(const std::string& dot_config);

/// Throws Error(Input, SGP-E0121) that names every check that does not hold.
void check_kconfig(const Config& config, const Kconfig& kconfig);

}  // namespace sgproof::extract

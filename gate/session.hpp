// What the subcommands share: the opened source, the modules, progress on the terminal.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gate/manifest.hpp"
#include "gate/options.hpp"
#include "gate/report/result.hpp"
#include "gate/subject.hpp"
#include "kernel-extract/extract.hpp"
#include "kernel-extract/progress.hpp"

namespace sgproof::gate {

/// Prints a line per stage with its time.
class Progress {
 public:
  void line(const std::string& text);
  void stage(const std::string& name, double seconds);

 private:
  std::mutex mutex_;
};

/// One configuration of the source: modules of the tree that is judged and of its base.
struct Extracted {
  std::string config;
  extract::Module here;
  std::optional<extract::Module> base;  ///< absent without a series
};

/// The committed manifest, reduced to the given configurations (all if empty).
std::vector<ManifestLine> manifest_for(const std::vector<std::string>& configs);

/// Whether every configuration is asked for ("all").
bool asks_for_all(const GateOptions& options);

/// The configurations that the user asked for, or all of the manifest that are not judged on
/// request only (Config::on_request), in its order. Throws sgproof::Error(Input, SGP-E0120) for one
/// that the manifest does not name.
std::vector<std::string> configs_of(const GateOptions& options);

/// Why a configuration that nobody named ("all") is not one of this tree: the tree, without a
/// series, does not give its symbols. Empty where it is, or where somebody named it.
std::string does_not_fit(const GateOptions& options, const std::string& config,
                         const extract::Tree& base, const extract::Context& context);

/// The model's facts of a module.
model::Facts facts_of(const extract::Module& module);

/// Ready to be judged: facts, bitcode and the native program. What needs an emulator can lack it
/// (Subject::no_runner); for this machine's own code that is an error, SGP-E0134.
/// `run_limit`: a scenario that takes longer hangs.
Subject subject_of(const extract::Module& module, const extract::Context& context,
                   std::chrono::milliseconds run_limit = std::chrono::seconds(10));

/// The corpus that came with this program (overridable by SGPROOF_CORPUS).
std::filesystem::path corpus_dir();

}  // namespace sgproof::gate

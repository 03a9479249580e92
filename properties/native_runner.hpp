// Runs scenarios on the extracted code as machine code, in a process of its own
// (kernel-extract/harness/native_main.c).
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"
#include "properties/child.hpp"

namespace sgproof::properties {

/// What became of one scenario.
enum class RunResult : std::uint8_t {
  Garbage,   ///< the runner itself is broken or was killed from outside: nothing is claimed
  Reported,  ///< the runner wrote a report
  Died,      ///< the process was ended by a signal of its own making
  Hung,      ///< no report before the deadline
};

/// One run. `report` always belongs to the scenario: where the process died or hung, it has status
/// SGP_STATUS_STOPPED and in the step that did not return an SGP_EV_OOPS event (`a` = 0, `b` = the
/// signal), or SGP_EV_ENDLESS for a hang; where the result is Garbage, status SGP_STATUS_NONE.
struct NativeRun {
  RunResult result = RunResult::Garbage;
  int signal = 0;    ///< where Died
  std::string text;  ///< what happened, where not Reported
  sgp_report report{};
};

/// A native runner process, started on demand, used for many scenarios and replaced after it died
/// or hung. Not thread-safe; the process dies with the thread that started it.
class NativeRunner {
 public:
  /// `deadline`: how long one scenario may take.
  NativeRunner(const std::filesystem::path& program, std::chrono::milliseconds deadline);
  /// With arguments: a sandbox and the program in it, whose words have the byte order `order`.
  NativeRunner(std::vector<std::string> argv, std::chrono::milliseconds deadline,
               std::endian order = std::endian::native);
  ~NativeRunner();

  /// Runs one scenario. Throws sgproof::Error(Environment, SGP-E0401) if the runner does not start.
  NativeRun run(const sgp_scenario& scenario);

  /// Runs many, with several in flight; result i is that of scenario i.
  std::vector<NativeRun> run(std::span<const sgp_scenario> scenarios);

  /// Functions without a body that the runs have reached.
  [[nodiscard]] const std::set<std::string>& unmodelled() const { return unmodelled_; }
  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  /// Scenarios that did not end in time, each counted once.
  [[nodiscard]] std::uint64_t hangs() const { return hangs_; }
  /// How often a process was started.
  [[nodiscard]] std::uint64_t starts() const { return starts_; }

 private:
  /// Runs scenarios until all are done or the process is gone; appends the reports.
  void stream(std::span<const sgp_scenario> scenarios, std::vector<NativeRun>& runs);
  /// The end of the process while it worked on `scenario`.
  NativeRun ended(const sgp_scenario& scenario, bool timed_out);
  NativeRun garbage(const sgp_scenario& scenario, std::string text);
  /// Finds the step that did not return, by running ever longer prefixes.
  void attribute(const sgp_scenario& scenario, NativeRun& run);
  void note_errors();

  std::vector<std::string> argv_;
  std::chrono::milliseconds deadline_;
  std::endian order_;
  std::unique_ptr<Child> child_;
  std::uint64_t runs_ = 0, starts_ = 0, runs_of_child_ = 0, hangs_ = 0;
  bool attributing_ = false;
  std::set<std::string> unmodelled_;
  std::string last_errors_;
};

}  // namespace sgproof::properties

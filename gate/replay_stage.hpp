// What a booted kernel says to the findings and to the traces of the corpus.
#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "gate/equivalence.hpp"
#include "gate/findings.hpp"
#include "gate/translated.hpp"
#include "kernel-extract/progress.hpp"
#include "kernel-extract/tree.hpp"
#include "replay/boot.hpp"
#include "replay/kernel_image.hpp"

namespace sgproof::gate {

/// What there is instead of a booted kernel where a configuration has no machine: sets replay
/// status and reason of the finding.
void without_machine(Finding& finding);

/// A trace of the corpus.
struct CorpusTrace {
  std::string name;
  sgp_scenario scenario{};
};

/// Reads corpus/traces/<config>/*.json, and of corpus/known/*.trace.json those that are about the
/// configuration and do not stop the machine ("stops_machine"), in order of name. Throws the errors
/// of scenario_from_json.
std::vector<CorpusTrace> corpus_traces(const std::filesystem::path& corpus,
                                       const std::string& config);

/// A violation that a booted kernel shows.
struct BootedViolation {
  std::string trace;  ///< name of the corpus trace
  sgp_scenario scenario{};
  std::string invariant, clause, text;
  std::string waiver;  ///< the known defect that explains it, or empty
};

/// What is executed on the booted kernel, and in what numbers.
struct ReplayRequest {
  std::vector<FindingCase*> findings;  ///< their replay status and reason are set
  std::vector<CorpusTrace> corpus;
  std::uint64_t random = 0;  ///< so many random scenarios, only for the comparison
  std::uint64_t seed = 1;
};

/// Findings, then traces, then random scenarios, numbered from 1.
std::vector<sgp_scenario> scenarios_of(const ReplayRequest& what, Subject& subject);

/// A scenario on which the booted kernel and the extracted code differ.
struct BootedDifference {
  std::string trace;  ///< "finding …", "corpus trace …" or "random scenario …"
  sgp_scenario scenario{};
  std::string text;
  /// An invariant whose violation there lets two machines differ, or empty: "SAF-1" or "SAF-2"
  /// where the executor sees that what the code does is not defined, "ENC-1" where the booted one
  /// made a pointer of others, which are each machine's own; or what both violate up to there.
  std::string follows_from;
};

struct ReplayOutcome {
  ReplaySummary summary;
  Equivalence equivalence;                    ///< of all that was executed
  std::vector<BootedDifference> differences;  ///< its disagreements
  std::vector<BootedViolation> violations;    ///< of corpus traces
  std::vector<BootedViolation> known;         ///< likewise, explained by known defects
  Translated translated;                      ///< what devices behind an IOMMU showed
  Translated booted_only;                     ///< what only booted kernels show of the others
  unsigned agreeing = 0;              ///< corpus traces on which every check that was known holds
  std::vector<std::string> problems;  ///< anything that kept a trace from being judged
};

/// Builds the kernel in the background, then boots it.
class ReplayStage {
 public:
  /// Starts the build; the context must outlive this.
  ReplayStage(extract::Tree tree, const std::string& config, const extract::Context& context);

  /// Waits for the kernel; calls `still` with the seconds so far, twice a minute.
  void wait(const std::function<void(double)>& still);

  /// Waits for the kernel and executes what is asked for; runs it natively too, and compares.
  /// Throws the errors of the kernel build.
  ReplayOutcome run(const ReplayRequest& what, Subject& subject,
                    const extract::CancelToken& cancel);

  /// Seconds that the build took; valid after run().
  [[nodiscard]] double build_seconds() const { return build_seconds_; }

 private:
  extract::KernelVersion version_;
  std::future<replay::KernelImage> image_;
  double build_seconds_ = 0;
};

}  // namespace sgproof::gate

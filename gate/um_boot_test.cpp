// Lists on a User Mode Linux kernel: the corpus agrees with the extracted code, and what a series
// breaks in the encoding is shown there too. Builds kernels: minutes on a cold cache.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "gate/replay_stage.hpp"
#include "gate/session.hpp"
#include "kernel-extract/extract.hpp"

namespace sgproof::gate {
namespace {

/// A tree with or without a series, extracted, built and booted as `um`.
class UmKernel {
 public:
  explicit UmKernel(const std::string& series)
      : source_(extract::open_source(
            "debian:6.1",
            series.empty() ? std::nullopt
                           : std::optional((corpus_dir() / "series" / series).string()),
            context_)),
        subject_(
            subject_of(extract::extract_module(source_.subject(), "um", {}, context_), context_)) {}

  ReplayOutcome replay(std::uint64_t random) {
    ReplayRequest request;
    request.corpus = corpus_traces(corpus_dir(), "um");
    request.random = random;
    return ReplayStage(source_.subject(), "um", context_).run(request, subject_, {});
  }

 private:
  extract::CacheDir cache_;
  extract::Context context_{cache_, {}, {}, 2};
  extract::Source source_;
  Subject subject_;
};

TEST(UmBoot, ListsOfTheCorpusAndRandomOnesAgreeWithTheNativeRun) {
  const auto outcome = UmKernel("").replay(300);
  EXPECT_THAT(outcome.problems, testing::IsEmpty());
  EXPECT_EQ(outcome.agreeing, corpus_traces(corpus_dir(), "um").size());
  EXPECT_GT(outcome.agreeing, 0U);
  EXPECT_TRUE(outcome.violations.empty());
  for (const auto& d : outcome.differences) ADD_FAILURE() << d.trace << ": " << d.text;
  for (const auto& [why, count] : outcome.equivalence.not_compared)
    std::cout << count << " not compared: " << why << "\n";
  EXPECT_GE(outcome.equivalence.compared, 250U);
}

TEST(UmBoot, PagesThatPileUpInAnEntryAreSeen) {
  const auto outcome = UmKernel("break-enc1").replay(0);
  EXPECT_TRUE(std::ranges::any_of(outcome.violations, [](const BootedViolation& v) {
    return v.invariant == "ENC-1" && v.clause == "read-back";
  }));
  for (const auto& d : outcome.differences) ADD_FAILURE() << d.trace << ": " << d.text;
}

}  // namespace
}  // namespace sgproof::gate

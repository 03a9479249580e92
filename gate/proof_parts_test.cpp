// A proof in parts shows what all of its parts show, and is none where one of them shows less.
#include "gate/proof_parts.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "model/error.hpp"

namespace sgproof::gate {
namespace {

const smt::ClaimId kBytes{"IOM-2", "bytes", "f"};
const smt::ClaimId kGone{"IOM-8", "gone", "f"};

class ProofParts : public testing::Test {
 protected:
  /// A part that shows one claim, and reaches no input of the other.
  static smt::FamilyResult shown() {
    smt::FamilyResult result;
    result.family = "iommu-3";
    result.complete = true;
    result.claims[kBytes].outcome = smt::Outcome::Proved;
    result.claims[kBytes].max_nents = 3;
    result.claims[kGone].outcome = smt::Outcome::Vacuous;
    result.claims[kGone].reason = "no legal input reaches it";
    result.paths = result.queries = 2;
    return result;
  }

  /// All parts are as `shown`, but that one.
  std::optional<smt::FamilyResult> with(unsigned number, const smt::FamilyResult& other,
                                        unsigned choices = 2) {
    return prove_in_parts(
        choices,
        [&](const exec::Part& part, const extract::CancelToken&) {
          const std::scoped_lock lock(mutex_);
          EXPECT_EQ(part.choices, choices);
          EXPECT_TRUE(asked_.insert(part.number).second);
          return part.number == number ? other : shown();
        },
        cancel_);
  }

  std::mutex mutex_;
  std::set<unsigned> asked_;
  extract::CancelToken cancel_;
};

TEST_F(ProofParts, OfAFamilyWithoutChoicesThereAreNone) {
  EXPECT_FALSE(with(0, shown(), 0));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(ProofParts, AreAllAskedAndShowTogetherWhatEachShows) {
  auto other = shown();
  other.claims[kGone].outcome = smt::Outcome::Proved;
  other.claims[kGone].reason.clear();
  other.coverage.lines.insert({"f", "f.c", 7});
  const auto all = with(2, other);
  EXPECT_EQ(asked_, (std::set<unsigned>{0, 1, 2, 3}));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->family, "iommu-3");
  EXPECT_TRUE(all->complete);
  EXPECT_EQ(all->claims.at(kBytes).outcome, smt::Outcome::Proved);
  EXPECT_EQ(all->claims.at(kBytes).max_nents, 3U);
  EXPECT_EQ(all->claims.at(kGone).outcome, smt::Outcome::Proved) << "one part reaches it";
  EXPECT_EQ(all->claims.at(kGone).reason, "");
  EXPECT_EQ(all->coverage.lines.size(), 1U);
  EXPECT_EQ(all->paths, 8U);
  EXPECT_EQ(all->queries, 8U);
}

TEST_F(ProofParts, AClaimThatNoPartReachesIsVacuous) {
  const auto all = with(0, shown());
  ASSERT_TRUE(all);
  EXPECT_EQ(all->claims.at(kGone).outcome, smt::Outcome::Vacuous);
  EXPECT_NE(all->claims.at(kGone).reason, "");
}

TEST_F(ProofParts, OnePartThatShowsLessLeavesTheWholeToBeDecided) {
  for (unsigned number = 0; number < 4; ++number) {
    for (const auto outcome : {smt::Outcome::Refuted, smt::Outcome::Inconclusive}) {
      asked_.clear();
      auto other = shown();
      other.claims[kBytes].outcome = outcome;
      EXPECT_FALSE(with(number, other)) << number;
    }
    asked_.clear();
    auto stopped = shown();
    stopped.complete = false;
    EXPECT_FALSE(with(number, stopped)) << number;
    asked_.clear();
    auto in_doubt = shown();
    in_doubt.problems.emplace_back(smt::kSolversDisagree);
    EXPECT_FALSE(with(number, in_doubt)) << number;
    asked_.clear();
    auto nothing = shown();
    nothing.claims.clear();
    EXPECT_FALSE(with(number, nothing)) << number;
  }
}

TEST_F(ProofParts, APartThatThrowsStopsTheOthers) {
  std::atomic<bool> seen{false};
  const auto all = prove_in_parts(
      1,
      [&](const exec::Part& part, const extract::CancelToken& until) -> smt::FamilyResult {
        if (part.number == 1)
          throw Error(ErrorKind::Environment, "SGP-E0000", "prove", "no memory");
        while (!until.cancelled()) std::this_thread::yield();
        seen = true;
        return shown();
      },
      cancel_);
  EXPECT_FALSE(all);
  EXPECT_TRUE(seen);
  EXPECT_FALSE(cancel_.cancelled()) << "only the parts are stopped, not who asked";
}

}  // namespace
}  // namespace sgproof::gate

// A range that is mapped and unmapped piece by piece, and what each change of what was seen
// violates.
#include "model/invariants/pieces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr unsigned kMap = 1, kUnmap = 2;
constexpr std::uint64_t kSize = 0x40003000;

class IommuPieces : public testing::Test {
 protected:
  void SetUp() override {
    facts_.values = {{"WORD_BITS", 64}, {"ENOMEM", 12}, {"DMA_MAPPING_ERROR", ~0ULL}};
    s_ = blank_scenario(facts_, 1, 0, 0);
    add_op(s_, SGP_OP_INIT);
    add_op(s_, SGP_OP_IOMMU_MAP);
    add_op(s_, SGP_OP_IOMMU_UNMAP);
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = s_.nents;
    r_.nops = s_.nops;
    r_.world = s_.world;
    for (unsigned i = 0; i < s_.nops; ++i) r_.steps[i].done = 1;
    r_.steps[kUnmap].ret = kSize;
    for (const unsigned step : {kMap, kUnmap})
      r_.events[r_.nevents++] = {.kind = SGP_EV_IOMMU_PIECES,
                                 .step = step,
                                 .a = kSize,
                                 .b = step == kMap ? 0 : kSize,
                                 .c = 0,
                                 .d = 0,
                                 .ret = kSize};
  }

  /// The driver entered so much and failed; the call gave so much back.
  void fail(std::uint64_t entered, std::uint64_t removed) {
    r_.nevents = 1;
    r_.steps[kMap].ret = 0 - std::uint64_t{12};
    map().a = entered;
    map().b = removed;
    map().d = 1;
  }

  sgp_event& map() { return r_.events[0]; }
  sgp_event& unmap() { return r_.events[1]; }

  [[nodiscard]] std::set<std::string> violated() const {
    const auto trace = concrete_trace(s_, r_, facts_);
    Judge<ConcreteDomain> judge(trace);
    iommu_pieces(trace, judge);
    std::set<std::string> out;
    for (const auto& check : judge.checks())
      if (decide(check.applies & check.truth.fails))
        out.insert(std::string(check.invariant) + " " + std::string(check.clause));
    return out;
  }

  Facts facts_;
  sgp_scenario s_{};
  sgp_report r_{};
};

TEST_F(IommuPieces, AWholeRangeViolatesNothing) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(IommuPieces, EachCallIsForTheNextPiece) {
  map().c = 1;
  EXPECT_THAT(violated(), ElementsAre("IOM-7 pieces"));
  map().c = 0;
  unmap().c = 1;
  EXPECT_THAT(violated(), ElementsAre("IOM-7 pieces"));
}

TEST_F(IommuPieces, SuccessMeansTheWholeRange) {
  map().a -= 0x1000;
  EXPECT_THAT(violated(), ElementsAre("IOM-2 whole-range"));
  map().a = kSize;
  map().b = 0x1000;
  EXPECT_THAT(violated(), ElementsAre("IOM-2 whole-range"));
}

TEST_F(IommuPieces, AFailureLeavesNothing) {
  fail(0x3000, 0x3000);
  EXPECT_THAT(violated(), IsEmpty());
  fail(0x3000, 0x2000);
  EXPECT_THAT(violated(), ElementsAre("IOM-8 range-gone"));
}

TEST_F(IommuPieces, TheDriversErrorIsReturnedAndNoOther) {
  fail(0, 0);
  r_.steps[kMap].ret = 0 - std::uint64_t{22};
  EXPECT_THAT(violated(), ElementsAre("IOM-9 driver-error"));
  map().d = 0;
  EXPECT_THAT(violated(), ElementsAre("MAP-11 succeeds"));
}

TEST_F(IommuPieces, UnmapRemovesAllAndSaysSo) {
  unmap().b -= 0x1000;
  EXPECT_THAT(violated(), ElementsAre("IOM-8 range-gone"));
  r_.steps[kUnmap].ret -= 0x1000;
  EXPECT_THAT(violated(), ElementsAre("IOM-8 range-gone", "IOM-9 size-returned"));
}

}  // namespace
}  // namespace sgproof::model

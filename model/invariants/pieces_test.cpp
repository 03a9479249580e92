// A range that is mapped and unmapped piece by piece, and what each change of what was seen
// violates.
#include "model/invariants/pieces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/invariants/hand_made.hpp"

namespace sgproof::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr unsigned kMap = 1, kUnmap = 2;
constexpr std::uint64_t kSize = 0x40003000;

class IommuPieces : public testing::Test {
 protected:
  void SetUp() override {
    made_.facts.values["ENOMEM"] = 12;
    made_.scenario = blank_scenario(made_.facts, 1, 0, 0);
    for (const auto code : {SGP_OP_INIT, SGP_OP_IOMMU_MAP, SGP_OP_IOMMU_UNMAP})
      add_op(made_.scenario, code);
    for (const unsigned step : {kMap, kUnmap})
      made_.events.push_back({.kind = SGP_EV_IOMMU_PIECES,
                              .step = step,
                              .a = kSize,
                              .b = step == kMap ? 0 : kSize,
                              .c = 0,
                              .d = 0,
                              .ret = kSize});
  }

  /// The driver entered so much and failed; the call gave so much back.
  void fail(std::uint64_t entered, std::uint64_t removed) {
    made_.events.resize(1);
    map_returned_ = 0 - std::uint64_t{12};
    map().a = entered;
    map().b = removed;
    map().d = 1;
  }

  sgp_event& map() { return made_.events[0]; }
  sgp_event& unmap() { return made_.events[1]; }

  [[nodiscard]] std::set<std::string> violated() const {
    sgp_report seen = made_.report();
    seen.steps[kMap].ret = map_returned_;
    seen.steps[kUnmap].ret = unmap_returned_;
    return made_.clauses(iommu_pieces<ConcreteDomain>, seen, true);
  }

  HandMade made_;
  std::uint64_t map_returned_ = 0, unmap_returned_ = kSize;
};

TEST_F(IommuPieces, AWholeRangeViolatesNothing) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(IommuPieces, EachCallIsForTheNextPiece) {
  map().c = 1;
  EXPECT_THAT(violated(), ElementsAre("IOM-7 pieces 1"));
  map().c = 0;
  unmap().c = 1;
  EXPECT_THAT(violated(), ElementsAre("IOM-7 pieces 2"));
}

TEST_F(IommuPieces, SuccessMeansTheWholeRange) {
  map().a -= 0x1000;
  EXPECT_THAT(violated(), ElementsAre("IOM-2 whole-range 1"));
  map().a = kSize;
  map().b = 0x1000;
  EXPECT_THAT(violated(), ElementsAre("IOM-2 whole-range 1"));
}

TEST_F(IommuPieces, AFailureLeavesNothing) {
  fail(0x3000, 0x3000);
  EXPECT_THAT(violated(), IsEmpty());
  fail(0x3000, 0x2000);
  EXPECT_THAT(violated(), ElementsAre("IOM-8 range-gone 1"));
}

TEST_F(IommuPieces, TheDriversErrorIsReturnedAndNoOther) {
  fail(0, 0);
  map_returned_ = 0 - std::uint64_t{22};
  EXPECT_THAT(violated(), ElementsAre("IOM-9 driver-error 1"));
  map().d = 0;
  EXPECT_THAT(violated(), ElementsAre("MAP-11 succeeds 1"));
}

TEST_F(IommuPieces, UnmapRemovesAllAndSaysSo) {
  unmap().b -= 0x1000;
  EXPECT_THAT(violated(), ElementsAre("IOM-8 range-gone 2"));
  unmap_returned_ -= 0x1000;
  EXPECT_THAT(violated(), ElementsAre("IOM-8 range-gone 2", "IOM-9 size-returned 2"));
}

}  // namespace
}  // namespace sgproof::model

// A list behind an IOMMU that is padded up to a segment boundary so that a length wraps: what that
// explains, and what it does not.
#include <gtest/gtest.h>

#include "gate/known_testing.hpp"

namespace sgproof::gate {
namespace {

/// What a map call of 3 GiB and 2 GiB is excused for, with a boundary of 4 GiB.
class KnownPadding : public known_defect::DefectTest {
 protected:
  KnownPadding() : DefectTest("iommu-padding-wraps-a-length") {}

  [[nodiscard]] std::string explained(const std::string& invariant,
                                      const std::string& clause) const {
    return DefectTest::explained({invariant, clause, "dma_map_sgtable"}, 3);
  }
};

TEST_F(KnownPadding, ExplainsTheFailureAndWhatStaysMapped) {
  EXPECT_EQ(explained("MAP-11", "succeeds"), "iommu-padding-wraps-a-length");
  EXPECT_EQ(explained("IOM-8", "gone"), "iommu-padding-wraps-a-length");
  EXPECT_EQ(explained("IOM-4", "nothing-kept"), "");
}

TEST_F(KnownPadding, IsNoExcuseWhereTheListEndsAtTheBoundary) {
  s_.ops[2].length = 0x40000000;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
  s_.ops[2].length = 0x40001000;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "iommu-padding-wraps-a-length");
}

TEST_F(KnownPadding, IsNoExcuseWhereTheLengthStillFits) {
  s_.world.devices[0].segment_boundary = 0x7fffffff;
  s_.ops[1].length = 0x50000000;
  s_.ops[2].length = 0x50000000;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
}

TEST_F(KnownPadding, IsNoExcuseWithoutABoundary) {
  s_.world.devices[0].segment_boundary = 0;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
}

}  // namespace
}  // namespace sgproof::gate

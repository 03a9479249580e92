// Lists behind an IOMMU that are padded up to a segment boundary: what that explains, and what it
// does not.
#include <gtest/gtest.h>

#include "gate/known_testing.hpp"

namespace sgproof::gate {
namespace {

/// What a map call of 3 GiB and 2 GiB is excused for, with a boundary of 4 GiB: a length wraps.
class KnownPaddingThatWraps : public known_defect::DefectTest {
 protected:
  KnownPaddingThatWraps() : DefectTest("iommu-padding-wraps-a-length") {}

  [[nodiscard]] std::string explained(const std::string& invariant,
                                      const std::string& clause) const {
    return DefectTest::explained({invariant, clause, "dma_map_sgtable"}, 3);
  }
};

TEST_F(KnownPaddingThatWraps, ExplainsTheFailureAndWhatStaysMapped) {
  EXPECT_EQ(explained("MAP-11", "succeeds"), "iommu-padding-wraps-a-length");
  EXPECT_EQ(explained("IOM-8", "gone"), "iommu-padding-wraps-a-length");
  EXPECT_EQ(explained("IOM-4", "nothing-kept"), "");
}

TEST_F(KnownPaddingThatWraps, IsNoExcuseWhereTheListEndsAtTheBoundary) {
  s_.ops[2].length = 0x40000000;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
  s_.ops[2].length = 0x40001000;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "iommu-padding-wraps-a-length");
}

TEST_F(KnownPaddingThatWraps, IsNoExcuseWhereTheLengthStillFits) {
  s_.world.devices[0].segment_boundary = 0x7fffffff;
  s_.ops[1].length = 0x50000000;
  s_.ops[2].length = 0x50000000;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
}

TEST_F(KnownPaddingThatWraps, IsNoExcuseWithoutABoundary) {
  s_.world.devices[0].segment_boundary = 0;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
}

/// What the driver is asked to map behind a page that is padded up to 64 KiB.
class KnownPaddingIsMapped : public known_defect::DefectTest {
 protected:
  KnownPaddingIsMapped() : DefectTest("iommu-padding-maps-what-follows") {}

  [[nodiscard]] std::string explained(std::uint64_t observed) const {
    return DefectTest::explained({"IOM-7", "only-the-segments", "dma_map_sgtable"}, 3, {},
                                 observed);
  }
};

TEST_F(KnownPaddingIsMapped, ExplainsTheMemoryUpToTheBoundary) {
  EXPECT_EQ(explained(0x12346000), "iommu-padding-maps-what-follows");
  EXPECT_EQ(explained(0x12354000), "iommu-padding-maps-what-follows");
  EXPECT_EQ(explained(0x12355000), "");
  EXPECT_EQ(explained(0x12344000), "");
}

TEST_F(KnownPaddingIsMapped, IsNoExcuseForMemoryBehindTheNextSegment) {
  EXPECT_EQ(explained(0x23456000 + 0x10000), "");
}

TEST_F(KnownPaddingIsMapped, IsNoExcuseWhereTheNextSegmentFits) {
  s_.ops[2].length = 0xf000;
  EXPECT_EQ(explained(0x12346000), "");
}

TEST_F(KnownPaddingIsMapped, IsNoExcuseWhereTheNextSegmentIsReachedByItsBusAddress) {
  s_.world.pages[1] = {.kind = 1, .pfn = 0xc0000};
  EXPECT_EQ(explained(0x12346000), "");
}

TEST_F(KnownPaddingIsMapped, IsNoExcuseForUntrustedDevices) {
  s_.world.devices[0].untrusted = 1;
  EXPECT_EQ(explained(0x12346000), "");
}

}  // namespace
}  // namespace sgproof::gate

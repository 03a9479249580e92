// A list behind an IOMMU that ends with peer memory behind other memory: what that explains, and
// what it does not.
#include <gtest/gtest.h>

#include <utility>

#include "gate/known_testing.hpp"

namespace sgproof::gate {
namespace {

/// What a map call of a list in memory and peer memory, behind an IOMMU, is excused for.
class KnownPeerBehindMemory : public known_defect::DefectTest {
 protected:
  KnownPeerBehindMemory() : DefectTest("iommu-peer-behind-memory") {}

  [[nodiscard]] std::string explained(const std::string& invariant,
                                      const std::string& clause) const {
    return DefectTest::explained({invariant, clause, "dma_map_sgtable"}, 4);
  }
};

TEST_F(KnownPeerBehindMemory, ExplainsTheFailureAndWhatStaysMapped) {
  EXPECT_EQ(explained("MAP-11", "succeeds"), "iommu-peer-behind-memory");
  EXPECT_EQ(explained("IOM-8", "gone"), "iommu-peer-behind-memory");
  EXPECT_EQ(explained("IOM-4", "nothing-kept"), "");
}

TEST_F(KnownPeerBehindMemory, MemoryNeedNotFillItsLastPage) {
  s_.ops[2].length = 0x200;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "iommu-peer-behind-memory");
}

TEST_F(KnownPeerBehindMemory, IsNoExcuseWhereThePeerIsNotNext) {
  s_.world.pages[2].pfn += 1;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
}

TEST_F(KnownPeerBehindMemory, IsNoExcuseWhereAnotherPeerComesBetween) {
  ASSERT_EQ(s_.ops[2].page, 1U);  // [memory, memory, peer] becomes [memory, other peer, peer]
  s_.ops[1].page = 1;
  s_.ops[2].page = 3;
  s_.npages = 4;
  s_.world.pages[3] = s_.world.pages[2];
  EXPECT_EQ(explained("MAP-11", "succeeds"), "iommu-peer-behind-memory");
  s_.world.pages[3].pfn += 2;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
}

TEST_F(KnownPeerBehindMemory, IsNoExcuseWhereThePeerIsMappedLikeMemory) {
  s_.world.providers[0].cached_type[0] = SGP_TYPE_THRU_HOST_BRIDGE;
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
}

TEST_F(KnownPeerBehindMemory, IsNoExcuseWhereMemoryEndsTheList) {
  std::swap(s_.ops[2].page, s_.ops[3].page);
  EXPECT_EQ(explained("MAP-11", "succeeds"), "");
}

}  // namespace
}  // namespace sgproof::gate

// Marks of bus addresses in kernels whose unmapping is no code: what that explains, and what it
// does not.
#include <gtest/gtest.h>

#include "gate/known_testing.hpp"

namespace sgproof::gate {
namespace {

constexpr const char* kId = "marks-kept-where-unmapping-is-no-code";
constexpr unsigned kUnmap = 3, kSetPage = 4, kMapAgain = 5;

/// A list that was peer memory and is RAM when it is mapped again.
class KnownMarks : public known_defect::DefectTest {
 protected:
  KnownMarks() : DefectTest(kId) {}

  [[nodiscard]] std::string explained(const std::string& invariant, const std::string& clause,
                                      unsigned step, std::uint64_t observed = 1) const {
    return DefectTest::explained({invariant, clause, "f"}, step, 0, observed);
  }
};

TEST_F(KnownMarks, StayUntilTheListIsInitialised) {
  EXPECT_EQ(explained("MAP-3", "unmarked-after-unmap", kUnmap), kId);
  EXPECT_EQ(explained("ENC-5", "assigned-unmarked", kSetPage), kId);
  EXPECT_EQ(explained("MAP-10", "bus-mark", kMapAgain), kId);
  s_.ops[kUnmap].code = SGP_OP_INIT;
  EXPECT_EQ(explained("ENC-5", "assigned-unmarked", kSetPage), "");
  EXPECT_EQ(explained("MAP-10", "bus-mark", kMapAgain), "");
}

TEST_F(KnownMarks, AreNoExcuseForAMarkThatIsMissing) {
  EXPECT_EQ(explained("MAP-10", "bus-mark", kMapAgain, 0), "");
}

TEST_F(KnownMarks, AreNoExcuseForOtherClaims) {
  EXPECT_EQ(explained("MAP-1", "address", kMapAgain), "");
  EXPECT_EQ(explained("MAP-2", "unmarked", kMapAgain), "");
}

TEST_F(KnownMarks, AreNoExcuseWhereNoSegmentHadABusAddress) {
  s_.world.providers[0].cached_type[0] = SGP_TYPE_THRU_HOST_BRIDGE;
  EXPECT_EQ(explained("MAP-3", "unmarked-after-unmap", kUnmap), "");
}

TEST_F(KnownMarks, AreTakenOffWhereUnmappingIsCode) {
  for (const char* symbol :
       {"SWIOTLB", "ARCH_HAS_SYNC_DMA_FOR_CPU", "ARCH_HAS_SYNC_DMA_FOR_CPU_ALL"}) {
    facts_.kconfig[symbol] = "y";
    EXPECT_EQ(explained("MAP-3", "unmarked-after-unmap", kUnmap), "") << symbol;
    facts_.kconfig.erase(symbol);
  }
}

TEST_F(KnownMarks, OfANewerKernelAreNotKnown) {
  facts_.values["LINUX_VERSION_CODE"] = 0x60d00;
  EXPECT_EQ(explained("MAP-3", "unmarked-after-unmap", kUnmap), "");
}

}  // namespace
}  // namespace sgproof::gate

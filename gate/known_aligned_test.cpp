// Slots that lose address bits of a buffer whose allocation is aligned: what that explains, and
// what it does not.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "gate/known_testing.hpp"

namespace sgproof::gate {
namespace {

constexpr const char* kId = "swiotlb-drops-bits-of-aligned-buffers";
constexpr unsigned kMap = 2;

/// The segment of an untrusted device in the corpus, or a buffer of a pool as code.
class KnownAligned : public known_defect::DefectTest {
 protected:
  KnownAligned() : DefectTest(kId) {}

  [[nodiscard]] std::string explained(const std::string& clause = "aligned") const {
    return DefectTest::explained({"SWT-1", clause, ""}, kMap, entry_);
  }

  std::optional<unsigned> entry_ = 0;
};

TEST_F(KnownAligned, ExplainsTheBitsWhereTheKernelHasIt) {
  EXPECT_EQ(explained(), kId);
  EXPECT_EQ(explained("inside-pool"), "");
  facts_.values["LINUX_VERSION_CODE"] = 0x60900;
  EXPECT_EQ(explained(), kId);
  facts_.values["LINUX_VERSION_CODE"] = 0x60a00;
  EXPECT_EQ(explained(), "") << "it was repaired";
}

TEST_F(KnownAligned, IsNoExcuseForBitsThatASlotHolds) {
  s_.ops[1].offset = 0x7ff;
  EXPECT_EQ(explained(), "") << "the buffer is in the first slot of its page";
  s_.ops[1].offset = 0x800;
  EXPECT_EQ(explained(), kId);
  s_.world.devices[0].min_align = 0x7ff;
  EXPECT_EQ(explained(), "") << "the device wants no more than a slot holds";
}

TEST_F(KnownAligned, IsNoExcuseForWhatIsNotBounced) {
  s_.world.devices[0].untrusted = 0;
  EXPECT_EQ(explained(), "");
  s_.world.devices[0].untrusted = 1;
  s_.world.iommu_granule = 0x200;
  EXPECT_EQ(explained(), "") << "whole granules";
  s_.world.iommu_granule = 0x1000;
  entry_.reset();
  EXPECT_EQ(explained(), "") << "no entry";
}

TEST_F(KnownAligned, ExplainsADirectCallLikewise) {
  s_.world.iommu = 0;
  entry_.reset();
  auto& op = s_.ops[kMap];
  op.code = SGP_OP_BOUNCE_MAP_ALIGNED;
  op.raw = 0x100000a00;
  op.offset = 0xfff;
  EXPECT_EQ(explained(), kId);
  op.offset = 0;
  EXPECT_EQ(explained(), "") << "the allocation is not aligned";
  op.offset = 0xfff;
  op.raw = 0x100000200;
  EXPECT_EQ(explained(), "");
}

}  // namespace
}  // namespace sgproof::gate

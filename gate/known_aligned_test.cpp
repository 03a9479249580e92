// Slots that lose address bits of a buffer whose allocation is aligned: what that explains, and
// what it does not.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gate/known.hpp"
#include "gate/known_testing.hpp"
#include "model/trace.hpp"

namespace sgproof::gate {
namespace {

constexpr const char* kId = "swiotlb-drops-bits-of-aligned-buffers";

/// The segment of an untrusted device in the corpus, or a buffer of a pool as code.
class KnownAligned : public ::testing::Test {
 protected:
  [[nodiscard]] std::string explained(const std::string& clause = "aligned",
                                      int patchlevel = 1) const {
    auto f = known_defect::facts();
    f.values["LINUX_VERSION_CODE"] = static_cast<std::uint64_t>(0x60000 | patchlevel << 8);
    const auto report = known_defect::report_of(s_);
    const auto trace = model::concrete_trace(s_, report, f);
    properties::Violation v;
    v.id = {"SWT-1", clause, ""};
    v.step = step_;
    v.entry = entry_;
    const auto* known = explanation(known_, trace, v);
    return known != nullptr ? known->id : "";
  }

  sgp_scenario s_ = known_defect::known_trace(kId);
  unsigned step_ = 2;
  std::optional<unsigned> entry_ = 0;
  std::vector<Known> known_ = known_defects(SGPROOF_CORPUS_DIR);
};

TEST_F(KnownAligned, ExplainsTheBitsWhereTheKernelHasIt) {
  EXPECT_EQ(explained(), kId);
  EXPECT_EQ(explained("inside-pool"), "");
  EXPECT_EQ(explained("aligned", 9), kId);
  EXPECT_EQ(explained("aligned", 10), "") << "it was repaired";
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
  auto& op = s_.ops[step_];
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

// Parts of bounced buffers in high memory that are synchronised: what the defect explains, and what
// it does not.
#include <gtest/gtest.h>

#include <string>

#include "gate/known_testing.hpp"

namespace sgproof::gate {
namespace {

constexpr const char* kId = "swiotlb-part-behind-high-page";
constexpr unsigned kMap = 1, kSync = 2;

class KnownHighPage : public known_defect::DefectTest {
 protected:
  KnownHighPage() : DefectTest(kId) { facts_.kconfig["HIGHMEM"] = "y"; }

  [[nodiscard]] std::string explained(const std::string& clause = "bytes") const {
    return DefectTest::explained({"SWT-2", clause, ""}, kSync, {});
  }
};

TEST_F(KnownHighPage, ExplainsThePartWhereTheKernelHasIt) {
  EXPECT_EQ(explained(), kId);
  EXPECT_EQ(explained("nothing-else"), kId);
  EXPECT_EQ(explained("direction"), "");
  facts_.values["LINUX_VERSION_CODE"] = 0x60c00;
  EXPECT_EQ(explained(), "") << "6.12 asks for the right page";
}

TEST_F(KnownHighPage, IsNoExcuseInThePageWhereTheSlotBegins) {
  s_.ops[kSync].offset = 0x221;
  EXPECT_EQ(explained(), "") << "the last byte of the first page";
  s_.ops[kSync].offset = 0x222;
  EXPECT_EQ(explained(), kId);
  s_.ops[kMap].length = 0x1000;
  s_.ops[kSync].offset = 0x800;
  EXPECT_EQ(explained(), "") << "the second slot begins in the second page";
}

TEST_F(KnownHighPage, IsNoExcuseForMemoryThatIsMapped) {
  s_.ops[kMap].raw = 0x37fffdde;
  EXPECT_EQ(explained(), "");
  s_.ops[kMap].raw = 0x38000dde;
  EXPECT_EQ(explained(), kId);
  facts_.kconfig.erase("HIGHMEM");
  EXPECT_EQ(explained(), "");
}

}  // namespace
}  // namespace sgproof::gate

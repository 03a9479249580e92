// A window of a host bridge that there was no memory to reserve: what that explains, and what it
// does not.
#include <gtest/gtest.h>

#include "gate/known_testing.hpp"

namespace sgproof::gate {
namespace {

constexpr std::uint64_t kStart = 0xfd000000, kLength = 0x200000;

/// What an address that can be handed out is excused by, where reserving the window failed or not.
std::string explained(std::uint64_t address, bool failed) {
  auto facts = known_defect::facts();
  facts.values["LINUX_VERSION_CODE"] = 0x601c0;
  const auto s = known_defect::known_trace("iova-window-not-reserved");
  auto report = known_defect::report_of(s);
  report.nevents = 1;
  report.events[0] = {.kind = SGP_EV_IOVA_RESERVED,
                      .step = 2,
                      .a = kStart,
                      .b = kLength,
                      .c = 0,
                      .d = 0,
                      .ret = failed ? 0U : 1U};
  const auto trace = model::concrete_trace(s, report, facts);
  properties::Violation v;
  v.id = {"IOM-6", "window-reserved", "iommu_dma_init_domain"};
  v.step = 2;
  v.observed = address;
  const auto known = known_defects(SGPROOF_CORPUS_DIR);
  const auto* found = explanation(known, trace, v);
  return found != nullptr ? found->id : "";
}

TEST(KnownWindow, ThatWasNotNotedIsHandedOut) {
  EXPECT_EQ(explained(kStart, true), "iova-window-not-reserved");
  EXPECT_EQ(explained(kStart + kLength - 1, true), "iova-window-not-reserved");
}

TEST(KnownWindow, OtherAddressesAreNoneOfIt) {
  EXPECT_EQ(explained(kStart + kLength, true), "");
  EXPECT_EQ(explained(kStart - 1, true), "");
}

TEST(KnownWindow, IsNoExcuseWhereItWasReserved) { EXPECT_EQ(explained(kStart, false), ""); }

}  // namespace
}  // namespace sgproof::gate

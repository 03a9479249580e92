// Windows that are reserved and such that are not, and ranges that lie in them.
#include "model/invariants/iom_windows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/invariants/hand_made.hpp"

namespace sgproof::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kStart = 0xc0000000, kLength = 0x3000, kOffset = 0x40000000;

/// A window of kLength bytes at CPU address kStart whose bus addresses are kOffset lower.
class Windows : public testing::Test {
 protected:
  static constexpr unsigned kSetup = 2;

  void SetUp() override {
    s_ = blank_scenario(made_.facts, 1, 0, 0);
    s_.world.iommu = SGP_IOMMU_TABLES;
    add_op(s_, SGP_OP_INIT);
    sgp_op& window = add_op(s_, SGP_OP_IOVA_WINDOW);
    window.raw = kStart;
    window.length = kLength;
    window.offset = kOffset;
    add_op(s_, SGP_OP_IOVA_SETUP);
  }

  void reserve(std::uint64_t start, std::uint64_t bytes, bool done = true) {
    made_.events.push_back({.kind = SGP_EV_IOVA_RESERVED,
                            .step = kSetup,
                            .a = start,
                            .b = bytes,
                            .c = 0,
                            .d = 0,
                            .ret = done ? 1U : 0U});
  }

  [[nodiscard]] std::set<std::string> violated(std::uint64_t ret = 0) const {
    sgp_report r = made_.report();
    r.steps[kSetup].ret = ret;
    return made_.clauses([](const auto& t, auto& j) { reserved_windows(t, j); }, r, true);
  }

  HandMade made_;
  sgp_scenario& s_ = made_.scenario;
};

TEST_F(Windows, AreReservedByTheirBusAddresses) {
  reserve(kStart - kOffset, kLength);
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Windows, CpuAddressesAreNoBusAddresses) {
  reserve(kStart, kLength);
  EXPECT_THAT(violated(), ElementsAre("IOM-6 window-reserved 2"));
}

TEST_F(Windows, EveryByteIsReserved) {
  reserve(kStart - kOffset, 0x1000);
  reserve(kStart - kOffset + 0x1000, kLength - 0x1001);
  EXPECT_THAT(violated(), ElementsAre("IOM-6 window-reserved 2"));
  reserve(kStart - kOffset + 0x2000, 0x1000);
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Windows, AReservationThatFailedIsNone) {
  reserve(kStart - kOffset, kLength, false);
  EXPECT_THAT(violated(), ElementsAre("IOM-6 window-reserved 2"));
}

TEST_F(Windows, PortsAreNoMemory) {
  s_.ops[1].attrs = SGP_WINDOW_PORTS;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Windows, WhatTheDriverReservesHasOneAddress) {
  s_.ops[1].attrs = SGP_WINDOW_DRIVER;
  reserve(kStart, kLength);
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Windows, ADomainThatIsNotSetUpHandsNothingOut) {
  EXPECT_THAT(violated(0 - std::uint64_t{12}), IsEmpty());
}

/// Peer memory that the device reaches at bus addresses from 0xe0000000 on, in a list that gets an
/// IOVA range.
class AddressesApart : public testing::Test {
 protected:
  void SetUp() override {
    s_ = blank_scenario(made_.facts, 1, 1, 2);
    s_.world.iommu = SGP_IOMMU_TABLES;
    s_.world.devices[0].is_pci = 1;
    s_.world.providers[0].cpu_start = s_.world.providers[0].bus_start = 0xe0000000;
    s_.world.providers[0].size = 0x200000;
    s_.world.providers[0].cached_type[0] = SGP_TYPE_BUS_ADDR;
    s_.world.pages[0] = {.kind = 1, .pfn = 0xe0003};
    s_.world.pages[1] = {.kind = 0, .pfn = 5};
    add_op(s_, SGP_OP_INIT);
    add_op(s_, SGP_OP_SET_PAGE);
    add_op(s_, SGP_OP_MAP_SGTABLE);
  }

  /// What is violated where two pages from `iova` on are handed out.
  std::set<std::string> with_range(std::uint64_t iova) {
    made_.events = {{.kind = SGP_EV_IOVA_ALLOC,
                     .step = 2,
                     .a = 0x2000,
                     .b = ~0ULL,
                     .c = 0,
                     .d = 0,
                     .ret = iova}};
    return made_.clauses([](const auto& t, auto& j) { addresses_apart(t, j); }, made_.report(),
                         true);
  }

  HandMade made_;
  sgp_scenario& s_ = made_.scenario;
};

TEST_F(AddressesApart, NoRangeReachesIntoPeerMemory) {
  EXPECT_THAT(with_range(0xdfffe000), IsEmpty());
  EXPECT_THAT(with_range(0xdffff000), ElementsAre("IOM-6 apart 2"));
  EXPECT_THAT(with_range(0xe01ff000), ElementsAre("IOM-6 apart 2"));
  EXPECT_THAT(with_range(0xe0200000), IsEmpty());
  EXPECT_THAT(with_range(0), IsEmpty()) << "none was handed out";
}

TEST_F(AddressesApart, PeerMemoryThatIsTranslatedHasNoBusAddress) {
  s_.world.providers[0].cached_type[0] = SGP_TYPE_THRU_HOST_BRIDGE;
  EXPECT_THAT(with_range(0xe0000000), IsEmpty());
}

TEST_F(AddressesApart, AProviderThatNobodyUsesIsNotThere) {
  s_.ops[1].page = 1;
  EXPECT_THAT(with_range(0xe0000000), IsEmpty());
}

TEST_F(AddressesApart, ABusAddressThatIsPretendedSaysNothing) {
  s_.world.providers[0].bus_start -= 0x1000;
  EXPECT_THAT(with_range(0xe0000000), IsEmpty());
}

}  // namespace
}  // namespace sgproof::model

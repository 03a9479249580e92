// Which runs say what the native tests of a statement go through.
#include "gate/tests_enter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "properties/test_support.hpp"

namespace sgproof::gate {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

sgp_scenario scenario(std::uint64_t id) {
  sgp_scenario s{};
  s.id = id;
  return s;
}

std::vector<sgp_scenario> scenarios(std::uint64_t count) {
  std::vector<sgp_scenario> all;
  for (std::uint64_t i = 0; i < count; ++i) all.push_back(scenario(i));
  return all;
}

TEST(FollowedTests, EndBehindAPartThatEntersNothingNew) {
  std::size_t asked = 0;
  const auto entered = follow_until_nothing_new(scenarios(100), 0, [&](const sgp_scenario& s) {
    ++asked;
    return std::set<std::string>{s.id < 19 ? "early" : s.id == 19 ? "second part" : "late"};
  });
  EXPECT_THAT(entered, UnorderedElementsAre("early", "second part", "late"));
  EXPECT_EQ(asked, 40U) << "the fourth part is the first without anything new";
  EXPECT_THAT(follow_until_nothing_new(
                  scenarios(3), 0, [](const sgp_scenario&) { return std::set<std::string>{"f"}; }),
              ElementsAre("f"))
      << "less than a part";
}

TEST(FollowedTests, DoNotEndBeforeWhatShowsSomethingOfItsOwn) {
  std::size_t asked = 0;
  const auto entered = follow_until_nothing_new(scenarios(100), 45, [&](const sgp_scenario& s) {
    ++asked;
    return std::set<std::string>{s.id < 41 ? "usual" : "rare"};
  });
  EXPECT_THAT(entered, UnorderedElementsAre("usual", "rare"));
  EXPECT_EQ(asked, 60U);
}

TEST(FollowedTests, BeginWithWhatShowsSomethingOfItsOwn) {
  auto some = scenarios(5);
  EXPECT_EQ(telling_first(some, {{"map"}, {"map"}, {}, {"map", "bounce"}, {"bounce"}}), 2U);
  std::vector<std::uint64_t> order;
  for (const auto& s : some) order.push_back(s.id);
  EXPECT_THAT(order, ElementsAre(0, 3, 1, 2, 4));
}

/// What the sample says that tests enter, if devices of each kind entered a function of their own.
std::set<std::string> entered(const model::Facts& facts) {
  Subject subject;
  subject.facts = facts;
  subject.runner =
      std::make_shared<properties::NativeRunner>(SGPROOF_FAKE_RUNNER, std::chrono::seconds(5));
  std::set<std::string> all;
  for (const auto& kind : kinds_of_tests(subject, 1))
    all.merge(follow_until_nothing_new(kind, 0, [](const sgp_scenario& s) {
      std::set<std::string> out;
      for (const auto& device : s.world.devices)
        out.insert(std::string(s.world.iommu != SGP_IOMMU_NONE ? "iommu " : "direct ") +
                   (device.untrusted != 0 ? "untrusted" : "trusted"));
      return out;
    }));
  return all;
}

TEST(KindsOfTests, HaveUntrustedDevicesWhereTheirBounceBuffersAreExecuted) {
  auto facts = properties::test_facts();
  EXPECT_THAT(entered(facts), ElementsAre("direct trusted"));
  facts.kconfig["IOMMU_DMA"] = "y";
  EXPECT_THAT(entered(facts), UnorderedElementsAre("direct trusted", "iommu trusted"));
  facts.kconfig["ARCH_HAS_SYNC_DMA_FOR_DEVICE"] = "y";
  EXPECT_THAT(entered(facts),
              UnorderedElementsAre("direct trusted", "iommu trusted", "iommu untrusted"));
}

}  // namespace
}  // namespace sgproof::gate

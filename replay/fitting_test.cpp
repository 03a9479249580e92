// Which machine executes which scenario, and that the results come back to their places.
#include "replay/fitting.hpp"

#include <gtest/gtest.h>

#include "replay/test_scenarios.hpp"

namespace sgproof::replay {
namespace {

using State = ScenarioResult::State;

/// Executed by a fake QEMU in this mode.
BootRequest request_for(const std::string& mode) {
  BootRequest request;
  request.image.kernel = "/no/vmlinux";
  request.image.initramfs = "/no/initramfs";
  request.qemu = SGPROOF_FAKE_QEMU;
  request.cmdline_extras = {"fake=" + mode};
  return request;
}

void add_plain(BootRequest& request, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    request.scenarios.push_back(
        test::ScenarioBuilder(request.scenarios.size(), 1).ram(1).map_and_unmap().scenario);
}

void add_forwarding(BootRequest& request, bool forwards) {
  request.scenarios.push_back(
      test::ScenarioBuilder(request.scenarios.size(), 1).provider(0, true, true).scenario);
  request.scenarios.back().world.cpu_forwards_p2p = forwards ? 1 : 0;
}

TEST(CpuFor, FollowsCachedTypesAndElseTheScenario) {
  auto builder = test::ScenarioBuilder(1, 1).provider(0, false, true);
  EXPECT_EQ(cpu_for(builder.scenario), CpuKind::NotForwarding);
  builder.forwards();
  EXPECT_EQ(cpu_for(builder.scenario), CpuKind::Forwarding);
  builder.scenario.world.providers[0].cached_type[0] = SGP_TYPE_NOT_SUPPORTED;
  EXPECT_EQ(cpu_for(builder.scenario), CpuKind::NotForwarding);
}

TEST(FittingMachines, ManyScenariosAreSharedAndEachResultIsAtItsPlace) {
  auto request = request_for("panic:7");
  add_plain(request, 40000);
  request.side_by_side = 3;
  const auto result = run_on_fitting_machines(request);
  EXPECT_EQ(result.outcome, Outcome::Panic);
  EXPECT_EQ(result.boots.size(), 4U) << "three machines, one of which boots again";
  ASSERT_EQ(result.scenarios.size(), request.scenarios.size());
  for (std::size_t i = 0; i < result.scenarios.size(); ++i) {
    ASSERT_EQ(result.scenarios[i].state, i == 7 ? State::Panicked : State::Reported) << i;
    ASSERT_EQ(result.scenarios[i].report.id, i);
  }
}

TEST(FittingMachines, OneIsEnoughForAFew) {
  auto request = request_for("ok");
  add_plain(request, 100);
  EXPECT_EQ(run_on_fitting_machines(request).boots.size(), 1U);
}

TEST(FittingMachines, WhatFitsEachCpuNeedsNoMachineOfItsOwn) {
  auto request = request_for("ok");
  add_plain(request, 10);
  add_forwarding(request, true);
  EXPECT_EQ(run_on_fitting_machines(request).boots.size(), 1U);
  add_forwarding(request, false);
  EXPECT_EQ(run_on_fitting_machines(request).boots.size(), 2U);
}

TEST(FittingMachines, ThoseBehindAnIommuHaveTheirOwn) {
  auto request = request_for("ok");
  add_plain(request, 2);
  request.scenarios.back().world.iommu = 1;
  const auto result = run_on_fitting_machines(request);
  EXPECT_EQ(result.boots.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(result.scenarios[i].report.id, i);
}

TEST(FittingMachines, NothingToDoIsOk) {
  EXPECT_EQ(run_on_fitting_machines(request_for("ok")).outcome, Outcome::Ok);
}

}  // namespace
}  // namespace sgproof::replay

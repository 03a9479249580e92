// The map type that a topology asks for, against cases of Documentation/driver-api/pci/p2pdma.rst
// and of the comments in drivers/pci/p2pdma.c.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "model/invariants/mapping.hpp"
#include "model/scenario.hpp"
#include "model/trace.hpp"

namespace sgproof::model {
namespace {

/// The map type of provider 0 (on the switch of device 0) for `device`, nothing cached.
std::uint64_t type_in(const std::function<void(sgp_world&)>& change, unsigned device = 0) {
  Facts facts;
  facts.values["WORD_BITS"] = 64;
  sgp_scenario s = blank_scenario(facts, 1, 2, 1);
  for (auto& p : s.world.providers)
    for (auto& type : p.cached_type) type = SGP_TYPE_UNKNOWN;
  change(s.world);
  sgp_report report{};
  report.magic = SGP_MAGIC_REPORT;
  report.nents = 1;
  report.world = s.world;
  return map_type(concrete_trace(s, report, facts), 0, device).value();
}

const std::function<void(sgp_world&)> kNothing = [](sgp_world&) {};

TEST(Topology, OneSwitchIsReachedByBusAddress) {
  EXPECT_EQ(type_in(kNothing), SGP_TYPE_BUS_ADDR);
  EXPECT_EQ(type_in([](sgp_world& w) { w.cpu_forwards_p2p = 1; }), SGP_TYPE_BUS_ADDR);
  EXPECT_EQ(type_in([](sgp_world& w) { w.two_host_bridges = 1; }), SGP_TYPE_BUS_ADDR);
}

TEST(Topology, RedirectedTrafficGoesThroughTheHostBridge) {
  for (const auto acs : {SGP_ACS_REQUESTS, SGP_ACS_COMPLETIONS, SGP_ACS_EGRESS}) {
    EXPECT_EQ(type_in([&](sgp_world& w) { w.providers[0].port_acs = acs; }),
              SGP_TYPE_NOT_SUPPORTED);
    EXPECT_EQ(type_in([&](sgp_world& w) {
                w.devices[0].port_acs = acs;
                w.cpu_forwards_p2p = 1;
              }),
              SGP_TYPE_THRU_HOST_BRIDGE);
    EXPECT_EQ(type_in([&](sgp_world& w) {
                w.devices[0].port_acs = acs;
                w.two_host_bridges = 1;
                w.host_bridge[0] = SGP_HOST_BRIDGE_LISTED_SAME;
              }),
              SGP_TYPE_THRU_HOST_BRIDGE);
    // ports of others do not matter
    EXPECT_EQ(type_in([&](sgp_world& w) { w.devices[1].port_acs = w.providers[1].port_acs = acs; }),
              SGP_TYPE_BUS_ADDR);
  }
  EXPECT_EQ(type_in([](sgp_world& w) {
              w.devices[0].port_acs = w.providers[0].port_acs = SGP_ACS_HARMLESS;
            }),
            SGP_TYPE_BUS_ADDR);
}

TEST(Topology, OtherRootPortsNeedAListedHostBridgeOrAForwardingCpu) {
  const auto with = [](std::uint64_t bridge) {
    return type_in([&](sgp_world& w) { w.host_bridge[0] = bridge; }, 1);
  };
  EXPECT_EQ(type_in([](sgp_world& w) { w.cpu_forwards_p2p = 1; }, 1), SGP_TYPE_THRU_HOST_BRIDGE);
  for (const auto bridge : {SGP_HOST_BRIDGE_UNLISTED, SGP_HOST_BRIDGE_EMPTY, SGP_HOST_BRIDGE_OTHER})
    EXPECT_EQ(with(bridge), SGP_TYPE_NOT_SUPPORTED) << bridge;
  for (const auto bridge :
       {SGP_HOST_BRIDGE_LISTED_SAME, SGP_HOST_BRIDGE_LISTED, SGP_HOST_BRIDGE_LISTED_PORT})
    EXPECT_EQ(with(bridge), SGP_TYPE_THRU_HOST_BRIDGE) << bridge;
}

TEST(Topology, TwoHostBridgesMustBothForwardToOthers) {
  const auto with = [](std::uint64_t first, std::uint64_t second) {
    return type_in(
        [&](sgp_world& w) {
          w.two_host_bridges = 1;
          w.host_bridge[0] = first;
          w.host_bridge[1] = second;
        },
        1);
  };
  EXPECT_EQ(with(SGP_HOST_BRIDGE_LISTED, SGP_HOST_BRIDGE_LISTED_PORT), SGP_TYPE_THRU_HOST_BRIDGE);
  EXPECT_EQ(with(SGP_HOST_BRIDGE_LISTED, SGP_HOST_BRIDGE_LISTED_SAME), SGP_TYPE_NOT_SUPPORTED);
  EXPECT_EQ(with(SGP_HOST_BRIDGE_LISTED_SAME, SGP_HOST_BRIDGE_LISTED), SGP_TYPE_NOT_SUPPORTED);
  EXPECT_EQ(with(SGP_HOST_BRIDGE_LISTED, SGP_HOST_BRIDGE_UNLISTED), SGP_TYPE_NOT_SUPPORTED);
}

TEST(Topology, IsNotAskedWhereTheTypeIsCachedOrTheDeviceIsNoPciDevice) {
  EXPECT_EQ(
      type_in([](sgp_world& w) { w.providers[0].cached_type[0] = SGP_TYPE_THRU_HOST_BRIDGE; }),
      SGP_TYPE_THRU_HOST_BRIDGE);
  EXPECT_EQ(type_in([](sgp_world& w) { w.devices[0].is_pci = 0; }), SGP_TYPE_NOT_SUPPORTED);
}

}  // namespace
}  // namespace sgproof::model

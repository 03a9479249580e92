// Code for peer memory where there is none: what may stay unreached, and what may not.
#include "gate/without_peers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sgproof::gate {
namespace {

using ::testing::ElementsAre;

constexpr const char* kFile = "kernel/dma/direct.c";

/// A series changes a helper of dma_direct_map_sg(), and of another helper, in a configuration
/// without peer memory.
class WithoutPeers : public ::testing::Test {
 protected:
  WithoutPeers() {
    run_.file = "/sgp/tu_run.c";
    run_.calls = {"dma_direct_map_sg"};
    map_.calls = {"bus_offset", "is_pci_p2pdma_page"};
    map_.guarded["bus_offset"] = {"is_pci_p2pdma_page"};
    reached_.complete = true;
    reached_.functions = {"sgp_run", "dma_direct_map_sg", "is_pci_p2pdma_page"};
  }

  static extract::Function function(const std::string& name, int line) {
    extract::Function f;
    f.name = f.source_name = name;
    f.file = kFile;
    f.hash = "new";
    f.reachable = true;
    f.lines[kFile] = {line};
    return f;
  }

  [[nodiscard]] std::vector<extract::Function> functions() const {
    return {run_, map_, asks_, helper_, inner_};
  }

  std::set<std::string> never() { return never_called(functions(), reached_).all; }
  std::set<std::string> for_peers() { return never_called(functions(), reached_).for_peers; }

  /// The state of the helper's line.
  CoverageState state() {
    extract::Module here, base;
    here.functions = functions();
    std::ranges::sort(here.functions, {}, &extract::Function::name);
    here.kconfig = kconfig_;
    extract::ChangedFile file;
    file.path = kFile;
    file.lines = {{helper_.lines[kFile][0], 1}};
    const auto all = changed_lines("i386", {file}, here, base, reached_);
    return all.size() == 1 ? all[0].state : CoverageState::Reached;
  }

  extract::Function run_ = function("sgp_run", 1), map_ = function("dma_direct_map_sg", 10),
                    asks_ = function("is_pci_p2pdma_page", 15),
                    helper_ = function("bus_offset", 20), inner_ = function("to_pgmap", 30);
  extract::Kconfig kconfig_;
  Reached reached_;
};

TEST_F(WithoutPeers, WhatIsCalledForPeerMemoryAloneIsOutsideTheScope) {
  EXPECT_EQ(state(), CoverageState::OutsideScope);
  kconfig_["PCI_P2PDMA"] = "y";
  EXPECT_EQ(state(), CoverageState::NotReached) << "a scenario is missing";
}

TEST_F(WithoutPeers, WhatIsCalledForAnythingElseMustBeReached) {
  for (const auto& guards : {std::set<std::string>{}, {"dev_is_pci"}}) {
    map_.guarded["bus_offset"] = guards;
    EXPECT_EQ(state(), CoverageState::NotReached);
    EXPECT_THAT(never(), ElementsAre("bus_offset")) << "although nothing leads there";
  }
}

TEST_F(WithoutPeers, TheMarkOfBusAddressesIsAskedForByAnyNameOfIt) {
  for (const char* asks : {"sg_dma_is_bus_address", "sg_is_dma_bus_address", "sg_is_pci_p2pdma",
                           "sg_is_pci_p2pdma.tu_direct"}) {
    map_.guarded["bus_offset"] = {"other", asks};
    EXPECT_EQ(state(), CoverageState::OutsideScope) << asks;
  }
}

TEST_F(WithoutPeers, OnlyWhatProofsFollowOnEveryPathIsKnownNotToCall) {
  reached_.functions.erase("dma_direct_map_sg");
  EXPECT_EQ(state(), CoverageState::NotReached) << "a scenario of its caller is missing";
  reached_.functions.insert("dma_direct_map_sg");
  reached_.tested = {"dma_direct_map_sg"};
  EXPECT_EQ(state(), CoverageState::NotReached) << "tests go no further than they go";
  reached_.tested.clear();
  reached_.complete = false;
  EXPECT_EQ(state(), CoverageState::NotReached);
}

TEST_F(WithoutPeers, APointerCanLeadAnywhere) {
  map_.takes = {"bus_offset"};
  EXPECT_EQ(state(), CoverageState::NotReached);
  EXPECT_THAT(never(), ElementsAre());
}

TEST_F(WithoutPeers, AScenarioThatCallsItIsMissing) {
  run_.calls.emplace_back("bus_offset");
  run_.guarded["bus_offset"] = {"is_pci_p2pdma_page"};
  EXPECT_EQ(state(), CoverageState::NotReached);
}

TEST_F(WithoutPeers, WhatSuchFunctionsCallIsForPeerMemoryToo) {
  helper_.calls = {"to_pgmap"};
  EXPECT_THAT(for_peers(), ElementsAre("bus_offset", "to_pgmap"));
  map_.calls.emplace_back("to_pgmap");
  EXPECT_THAT(for_peers(), ElementsAre("bus_offset")) << "others call it as well";
  EXPECT_THAT(never(), ElementsAre("bus_offset", "to_pgmap"));
  map_.guarded["to_pgmap"] = {"is_pci_p2pdma_page"};
  EXPECT_THAT(for_peers(), ElementsAre("bus_offset", "to_pgmap"));
}

TEST_F(WithoutPeers, FunctionsThatOnlyCallEachOtherAreCalledForNothing) {
  helper_.calls = {"to_pgmap"};
  inner_.calls = {"bus_offset"};
  map_.calls = {};
  EXPECT_THAT(never(), ElementsAre());
}

TEST_F(WithoutPeers, OfTwoFunctionsOfOneNameBothMustBeAmongThem) {
  auto other = inner_;
  other.name = "to_pgmap.tu_direct";
  const std::vector<extract::Function> all = {inner_, other};
  EXPECT_THAT(named_in_source({"to_pgmap"}, all), ElementsAre());
  EXPECT_THAT(named_in_source({"to_pgmap", "to_pgmap.tu_direct"}, all), ElementsAre("to_pgmap"));
}

/// i386 without, x86_64 with peer memory.
class WithAnotherConfiguration : public ::testing::Test {
 protected:
  WithAnotherConfiguration() {
    all_ = {{"i386", false, {line("i386")}, {}, {"helper"}}, {"x86_64", true, {}, {"helper"}, {}}};
  }

  static CoverageLine line(const std::string& config) {
    return {kFile, 20, "helper", config, CoverageState::NotReached, "helper is never entered"};
  }

  CoverageState state() {
    auto all = all_;
    excuse_what_peers_enter(all);
    EXPECT_NE(all[0].lines[0].reason, "");
    return all[0].lines[0].state;
  }

  std::vector<Coverage> all_;
};

TEST_F(WithAnotherConfiguration, WhatThatOneEntersIsJudgedThere) {
  EXPECT_EQ(state(), CoverageState::OutsideScope);
  all_[1].entered.clear();
  EXPECT_EQ(state(), CoverageState::NotReached);
}

TEST_F(WithAnotherConfiguration, OnlyPeerMemoryMakesThatDifference) {
  all_[1].has_peers = false;
  EXPECT_EQ(state(), CoverageState::NotReached);
}

TEST_F(WithAnotherConfiguration, WhatCouldBeEnteredHereMustBe) {
  all_[0].never_called.clear();
  EXPECT_EQ(state(), CoverageState::NotReached);
}

TEST_F(WithAnotherConfiguration, WhatIsReachedStaysReached) {
  all_[0].lines[0].state = CoverageState::Reached;
  EXPECT_EQ(state(), CoverageState::Reached);
}

}  // namespace
}  // namespace sgproof::gate

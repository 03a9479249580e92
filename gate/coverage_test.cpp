// Changed lines: which were reached, and which must be answered for.
#include "gate/coverage.hpp"

#include <gtest/gtest.h>

namespace sgproof::gate {
namespace {

constexpr const char* kFile = "kernel/dma/direct.c";

extract::Function function(const std::string& name, const std::string& hash, bool reachable,
                           std::vector<int> lines) {
  extract::Function f;
  f.name = f.source_name = name;
  f.hash = hash;
  f.reachable = reachable;
  f.lines[kFile] = std::move(lines);
  if (name.starts_with("sgp_")) f.file = "/sgp/tu_run.c";
  return f;
}

extract::Module module(std::vector<extract::Function> functions) {
  extract::Module m;
  m.functions = std::move(functions);
  m.sources = {kFile};
  return m;
}

/// The states of the changed lines of a patch that leaves `here` of `base`.
std::vector<CoverageLine> lines(const extract::Module& here, const extract::Module& base,
                                std::vector<extract::LineRange> changed, const Reached& reached) {
  extract::ChangedFile file;
  file.path = kFile;
  file.lines = std::move(changed);
  return changed_lines("x86_64", {file}, here, base, reached);
}

Reached entered(const std::string& name, const std::vector<int>& at) {
  Reached r;
  r.complete = true;
  r.functions.insert(name);
  for (const int line : at) r.lines.emplace(kFile, line);
  return r;
}

TEST(Coverage, TellsLinesOfOneFunctionApart) {
  const auto all =
      lines(module({function("f", "new", true, {10, 11, 12})}),
            module({function("f", "old", true, {10, 11})}), {{11, 2}}, entered("f", {10, 11}));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].state, CoverageState::Reached);
  EXPECT_EQ(all[1].state, CoverageState::Unreachable);
}

TEST(Coverage, WhatOnlyUntrustedDevicesLeadToIsOutsideTheContract) {
  const auto calls = [](extract::Function f, std::vector<std::string> callees) {
    f.calls = std::move(callees);
    return f;
  };
  const auto tree = [&](const char* hash, bool also_from_elsewhere) {
    return module(
        {calls(function("sgp_run", "s", true, {}),
               also_from_elsewhere ? std::vector<std::string>{"iommu_dma_map_sg_swiotlb", "helper"}
                                   : std::vector<std::string>{"iommu_dma_map_sg_swiotlb"}),
         calls(function("iommu_dma_map_sg_swiotlb", hash, true, {10}), {"helper"}),
         function("helper", hash, true, {20})});
  };
  for (const bool elsewhere : {false, true}) {
    const auto all = lines(tree("new", elsewhere), tree("old", elsewhere), {{10, 1}, {20, 1}},
                           entered("sgp_run", {}));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].state, CoverageState::OutsideScope);
    EXPECT_EQ(all[1].state, elsewhere ? CoverageState::NotReached : CoverageState::OutsideScope)
        << "what others call too must be reached";
  }
  auto patched = tree("new", false);
  patched.functions.push_back(
      calls(function("another", "new", true, {}), {"iommu_dma_map_sg_swiotlb"}));
  for (const auto& line :
       lines(patched, tree("old", false), {{10, 1}, {20, 1}}, entered("sgp_run", {})))
    EXPECT_EQ(line.state, CoverageState::NotReached) << "now for other devices, perhaps";
}

TEST(Coverage, WhatIsNotReachedWhileAPathIsUnfinishedIsNotUnreachable) {
  Reached reached = entered("f", {10});
  reached.complete = false;
  const auto all = lines(module({function("f", "new", true, {10, 11})}),
                         module({function("f", "old", true, {10})}), {{11, 1}}, reached);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, CoverageState::NotReached);
}

TEST(Coverage, WhatTestsDoNotReachIsNotUnreachable) {
  Reached reached = entered("f", {10});
  reached.tested.insert("f");
  const auto all = lines(module({function("f", "new", true, {10, 11})}),
                         module({function("f", "old", true, {10})}), {{10, 2}}, reached);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].state, CoverageState::Reached);
  EXPECT_EQ(all[1].state, CoverageState::NotReached);
  EXPECT_NE(all[1].reason, "");
}

TEST(Coverage, MoreTestsAreOfUseWhereTheyEnterTheFunctionOfAnOpenLine) {
  const auto line = [](CoverageState state) {
    return CoverageLine{kFile, 7, "sg_split", "x86_64", state, {}};
  };
  EXPECT_TRUE(could_reach_more({line(CoverageState::NotReached)}, {"sg_next", "sg_split"}));
  EXPECT_TRUE(could_reach_more({line(CoverageState::Unreachable)}, {"sg_split"}));
  EXPECT_FALSE(could_reach_more({line(CoverageState::NotReached)}, {"sg_next"}));
  EXPECT_FALSE(could_reach_more({line(CoverageState::OutsideScope)}, {"sg_split"}));
  EXPECT_FALSE(could_reach_more({line(CoverageState::Reached)}, {"sg_split"}));
}

TEST(Coverage, AFunctionThatNoScenarioCallsIsOutsideTheScope) {
  const auto all = lines(module({function("f", "new", false, {10})}),
                         module({function("f", "old", false, {10})}), {{10, 1}}, {});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, CoverageState::OutsideScope);
}

TEST(Coverage, EqualBitcodeNeedsNoAnswer) {
  const auto all = lines(module({function("f", "same", true, {10})}),
                         module({function("f", "same", true, {10})}), {{10, 1}}, {});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, CoverageState::BitcodeUnchanged);
}

TEST(Coverage, AFunctionThatOnlyLostLinesMustHaveBeenEntered) {
  const auto here = module({function("f", "new", true, {10, 11})});
  const auto base = module({function("f", "old", true, {10, 11, 12})});
  const auto unseen = lines(here, base, {}, entered("g", {}));
  ASSERT_EQ(unseen.size(), 1U);
  EXPECT_EQ(unseen[0].state, CoverageState::NotReached);
  EXPECT_EQ(unseen[0].function, "f");
  const auto seen = lines(here, base, {}, entered("f", {10}));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].state, CoverageState::Reached);
  EXPECT_EQ(seen[0].function, "f");
}

TEST(Coverage, AFunctionThatOnlyLostLinesAndThatNoScenarioCallsIsNamed) {
  const auto all = lines(module({function("f", "new", false, {10})}),
                         module({function("f", "old", false, {10, 11})}), {}, {});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, CoverageState::OutsideScope);
  EXPECT_EQ(all[0].function, "f");
}

TEST(Coverage, AFileThatIsNotCompiledIsOutsideTheScope) {
  const auto all = lines(module({}), module({}), {{1, 3}}, {});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, CoverageState::OutsideScope);
}

}  // namespace
}  // namespace sgproof::gate

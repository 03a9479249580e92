// What the bytes of real transfers show becomes a finding; all else is left to the comparison.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/translated_findings.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr unsigned kMap = 2, kUnmap = 3;
constexpr std::uint64_t kPhys = 0x5000, kLength = 0x1000, kNone = ~std::uint64_t{0};

/// One page of RAM, mapped and unmapped by a device that reads and writes it.
class Transfers : public testing::Test {
 protected:
  void SetUp() override {
    facts_.values = {{"WORD_BITS", 64},
                     {"DMA_TO_DEVICE", 1},
                     {"DMA_FROM_DEVICE", 2},
                     {"EREMOTEIO", 121},
                     {"ENOMEM", 12},
                     {"EIO", 5},
                     {"EINVAL", 22},
                     {"SG_CHAIN", 1},
                     {"SG_END", 2},
                     {"ALIGNOF_PAGE", 8},
                     {"ALIGNOF_SCATTERLIST", 8},
                     {"DMA_ATTR_SKIP_CPU_SYNC", 32},
                     {"DMA_MAPPING_ERROR", kNone},
                     {"SIZEOF_DMA_ADDR_T", 8}};
    facts_.kconfig["PCI_P2PDMA"] = "y";
    s_ = model::blank_scenario(facts_, 1, 0, 1);
    s_.world.real_dma = 1;
    s_.world.devices[0].dma_mask = 0xffffffff;
    s_.world.pages[0] = {.kind = 0, .pfn = kPhys >> 12};
    model::add_op(s_, SGP_OP_INIT);
    model::add_op(s_, SGP_OP_SET_PAGE, 0, 0);
    model::add_op(s_, SGP_OP_MAP_SGTABLE);
    model::add_op(s_, SGP_OP_UNMAP);
    auto& r = result_.report;
    result_.state = replay::ScenarioResult::State::Reported;
    r.magic = SGP_MAGIC_REPORT;
    r.id = s_.id;
    r.status = SGP_STATUS_COMPLETE;
    r.nents = s_.nents;
    r.nops = s_.nops;
    r.world = s_.world;
    r.pages[0] = {.pointer = 0x1000, .phys = kPhys, .kind = 0};
    for (unsigned i = 0; i < s_.nops; ++i) {
      r.steps[i].done = 1;
      r.steps[i].entries[0].is_last = 1;
      if (i == 0) continue;
      r.steps[i].entries[0].page = r.pages[0].pointer;
      r.steps[i].entries[0].length = kLength;
    }
    r.steps[kMap].out_nents = 1;
    for (const unsigned i : {kMap, kUnmap}) {
      r.steps[i].entries[0].dma_address = kPhys;
      r.steps[i].entries[0].dma_length = kLength;
      r.events[r.nevents++] = {.kind = SGP_EV_TRANSFER,
                               .step = i,
                               .a = 0,
                               .b = kLength,
                               .c = i == kMap ? 0U : 1U,
                               .d = kNone,
                               .ret = 0};
    }
  }

  [[nodiscard]] Translated judged() const {
    const std::vector<Known> known;
    const extract::KernelVersion version{
        .version = 6, .patchlevel = 1, .sublevel = 192, .extra = {}};
    return judge_booted_only({s_}, {result_}, {facts_, version, known});
  }

  model::Facts facts_;
  sgp_scenario s_{};
  replay::ScenarioResult result_;
};

TEST_F(Transfers, RightBytesAreTestedStatements) {
  const auto seen = judged();
  EXPECT_EQ(seen.judged, 1U);
  EXPECT_THAT(seen.violations, IsEmpty());
  const auto obligations = obligations_of(seen, "x86_64");
  ASSERT_THAT(obligations, SizeIs(3)) << "read, written, and what lies beside";
  for (const auto& o : obligations) EXPECT_EQ(o.outcome, Outcome::Tested) << o.clause;
}

TEST_F(Transfers, AWrongByteIsAFindingOfTheDirectMapping) {
  result_.report.events[1].ret = 1;
  const auto found = findings_of(judged(), "x86_64", {}, testing::TempDir());
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].finding.invariant, "MAP-2");
  EXPECT_EQ(found[0].finding.clause, "transferred");
  EXPECT_EQ(found[0].finding.function, "dma_direct_unmap_sg");
  EXPECT_EQ(found[0].finding.file, "kernel/dma/direct.c");
  EXPECT_EQ(found[0].finding.engine, Engine::Replay);
  EXPECT_EQ(found[0].finding.replay, ReplayStatus::Confirmed);
}

TEST_F(Transfers, OtherClaimsAreNotJudgedHere) {
  result_.report.steps[kMap].entries[0].dma_length = 1;
  EXPECT_THAT(judged().violations, IsEmpty());
}

TEST_F(Transfers, BehindAStepThatViolatesAnythingNothingCounts) {
  result_.report.events[1].ret = 1;
  result_.report.steps[kMap].entries[0].dma_length = 1;
  EXPECT_THAT(judged().violations, IsEmpty());
}

TEST_F(Transfers, WithoutThemNothingIsLookedAt) {
  result_.report.nevents = 0;
  EXPECT_TRUE(judged().looked_at.empty());
}

}  // namespace
}  // namespace sgproof::gate

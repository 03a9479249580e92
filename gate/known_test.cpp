// The known defects of the corpus: what they explain, and what they do not.
#include "gate/known.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "gate/known_testing.hpp"
#include "gate/translated.hpp"
#include "model/error.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr unsigned kMap = 3, kUnmap = 4, kRefused = 6;
constexpr extract::KernelVersion kDebian{
    .version = 6, .patchlevel = 1, .sublevel = 192, .extra = {}};

/// The trace that the corpus has of the defect, and a run of it on a kernel without the defect.
class KnownDefect : public ::testing::Test {
 protected:
  void SetUp() override {
    known_ = known_defects(SGPROOF_CORPUS_DIR);
    s_ = known_defect::known_trace("iommu-refused-list-reused");
    auto& r = result_.report;
    result_.state = replay::ScenarioResult::State::Reported;
    r = known_defect::report_of(s_);
    for (unsigned i = 0; i < s_.nops; ++i) {
      if (i > 0)
        for (unsigned e = 0; e < 2; ++e) r.steps[i].entries[e] = r.steps[i - 1].entries[e];
      const auto& op = s_.ops[i];
      auto& entry = r.steps[i].entries[op.entry];
      r.steps[i].entries[1].is_last = 1;
      if (op.code != SGP_OP_SET_PAGE) continue;
      entry.page = r.pages[op.page].pointer;
      entry.offset = op.offset;
      entry.length = op.length;
    }
    auto& map = r.steps[kMap];
    map.out_nents = 2;
    constexpr std::uint64_t kIova = 0xfffe0000;
    map.entries[0].dma_address = kIova;
    map.entries[0].dma_length = 0x1000;
    map.entries[1].dma_address = kIova + 0x1100;
    map.entries[1].dma_length = 0x200;
    event(SGP_EV_IOVA_ALLOC, kMap, 0x2000, 0xffffffff, 0, 0, kIova);
    event(SGP_EV_IOMMU_MAP, kMap, kIova, r.pages[0].phys, 0x2000, 1, 0x2000);
    event(SGP_EV_TRANSLATES, kMap, kIova, r.pages[0].phys, 0x2000, 0, 0);
    event(SGP_EV_IOMMU_UNMAP, kUnmap, kIova, 0x2000, 0, 0, 0x2000);
    event(SGP_EV_IOMMU_FLUSH, kUnmap, 0, 0, 0, 0, 0);
    event(SGP_EV_IOVA_FREE, kUnmap, kIova, 0x2000, 0, 0, 0);
    r.steps[kRefused].ret = 0 - std::uint64_t{121};
  }

  void event(sgp_event_kind kind, unsigned step, std::uint64_t a, std::uint64_t b, std::uint64_t c,
             std::uint64_t d, std::uint64_t ret) {
    auto& r = result_.report;
    r.events[r.nevents++] = {.kind = static_cast<std::uint64_t>(kind),
                             .step = step,
                             .a = a,
                             .b = b,
                             .c = c,
                             .d = d,
                             .ret = ret};
  }

  [[nodiscard]] Translated judged(const extract::KernelVersion& version = kDebian) const {
    return judge_translated({s_}, {result_}, {facts_, version, known_});
  }

  model::Facts facts_ = known_defect::facts();
  std::vector<Known> known_;
  sgp_scenario s_{};
  replay::ScenarioResult result_;
};

TEST_F(KnownDefect, AKernelWithoutItViolatesNothing) {
  EXPECT_EQ(judged().judged, 1U);
  EXPECT_THAT(judged().violations, IsEmpty());
}

TEST_F(KnownDefect, ExplainsTheFieldsOfTheRefusedList) {
  result_.report.steps[kRefused].entries[1].offset = 0xffff0000;
  const auto seen = judged();
  ASSERT_THAT(seen.violations, SizeIs(3)) << "IOM-5, MAP-4 and REF-1 say the same";
  for (const auto& v : seen.violations) EXPECT_EQ(v.waiver, "iommu-refused-list-reused");
}

TEST_F(KnownDefect, IsNoExcuseOnOtherVersions) {
  result_.report.steps[kRefused].entries[1].offset = 0xffff0000;
  const auto seen = judged({.version = 7, .patchlevel = 0, .sublevel = 0, .extra = {}});
  ASSERT_THAT(seen.violations, SizeIs(3));
  for (const auto& v : seen.violations) EXPECT_EQ(v.waiver, "");
}

TEST_F(KnownDefect, IsNoExcuseWhereNothingIsRefused) {
  result_.report.steps[kMap].entries[1].offset = 0;
  const auto seen = judged();
  ASSERT_THAT(seen.violations, SizeIs(2)) << "IOM-5 and REF-1 of the map call";
  for (const auto& v : seen.violations) EXPECT_EQ(v.waiver, "");
}

TEST_F(KnownDefect, IsNoExcuseForAListThatWasNeverUsed) {
  s_.ops[kMap].code = s_.ops[kUnmap].code = SGP_OP_NOP;
  result_.report.nevents = 0;
  result_.report.steps[kRefused].entries[1].offset = 0xffff0000;
  ASSERT_THAT(judged().violations, SizeIs(3));
  for (const auto& v : judged().violations) EXPECT_EQ(v.waiver, "");
}

TEST_F(KnownDefect, IsNoExcuseWhereTheCallBeforeFailed) {
  const auto explained = [&] {
    bool all = true;
    for (const auto& v : judged().violations) all &= !v.waiver.empty();
    return all;
  };
  auto& r = result_.report;
  r.steps[kMap].ret = 0 - std::uint64_t{12};
  r.nevents = 0;
  event(SGP_EV_IOVA_ALLOC, kMap, 0x2000, 0xffffffff, 0, 0, 0);
  r.steps[kRefused].entries[1].offset = 0xffff0000;
  ASSERT_THAT(judged().violations, SizeIs(3));
  EXPECT_FALSE(explained()) << "nothing was left in the fields";
  s_.world.devices[0].untrusted = r.world.devices[0].untrusted = 1;
  r.steps[kMap].ret = 0 - std::uint64_t{5};
  ASSERT_THAT(judged().violations, SizeIs(3));
  EXPECT_TRUE(explained()) << "a bounced list is left as it is";
}

TEST_F(KnownDefect, WhatFollowsAViolationIsNotJudged) {
  result_.report.steps[kMap].entries[1].offset = 0;
  result_.report.steps[kRefused].ret = 0;  // as if a segment out of reach were mapped
  for (const auto& v : judged().violations) EXPECT_EQ(v.violation.step, kMap);
  result_.report.steps[kMap].entries[1].offset = 0x100;
  EXPECT_THAT(judged().violations, Contains(Field(&TranslatedViolation::violation,
                                                  Field(&properties::Violation::step, kRefused))));
}

/// What sg_split() of a list of segments, with these bytes skipped and taken, is excused for.
class KnownSplit : public ::testing::Test {
 protected:
  /// The defect that explains the violation of the clause, or an empty string.
  [[nodiscard]] std::string explained(const std::string& clause,
                                      const std::vector<std::uint64_t>& segments,
                                      std::uint64_t skipped, std::uint64_t first,
                                      std::uint64_t second = 0) const {
    sgp_scenario s = model::blank_scenario(facts_, 1, 0, 1);
    auto& op = model::add_op(s, SGP_OP_TABLE_SPLIT);
    op.offset = skipped;
    op.length = first;
    op.raw = second;
    sgp_report r{};
    r.magic = SGP_MAGIC_REPORT;
    r.world = s.world;
    r.nents = r.nops = 1;
    r.steps[0].done = 1;
    for (const auto bytes : segments)
      r.events[r.nevents++] = {SGP_EV_VISIT, 0, 0x100000, bytes, 0, 0x100, 1};
    for (unsigned i = 0; i < entries_; ++i)
      r.events[r.nevents++] = {SGP_EV_VISIT, 0, 0x100000, 0, 0, 1 | 0x100, 1};
    properties::Violation v;
    v.id = {"LST-5", clause, "sg_split"};
    const auto trace = model::concrete_trace(s, r, facts_);
    const auto* known = explanation(known_, trace, v);
    return known != nullptr ? known->id : "";
  }

  model::Facts facts_ = [] {
    auto f = known_defect::facts();
    f.values["LINUX_VERSION_CODE"] = 0x601c0;
    f.kconfig["NEED_SG_DMA_LENGTH"] = "y";
    return f;
  }();
  unsigned entries_ = 0;  ///< of the first part
  std::vector<Known> known_ = known_defects(SGPROOF_CORPUS_DIR);
};

TEST_F(KnownSplit, ExplainsLengthsThatAreClearedWhereThereIsOneLengthOnly) {
  for (const char* clause : {"split-bytes", "split-legal"}) {
    entries_ = 2;
    EXPECT_EQ(explained(clause, {0x1000, 0x1000}, 0, 0x2000), "");
    facts_.kconfig.erase("NEED_SG_DMA_LENGTH");
    EXPECT_EQ(explained(clause, {0x1000, 0x1000}, 0, 0x2000), "split-clears-lengths");
    entries_ = 1;
    EXPECT_EQ(explained(clause, {0x1000, 0x1000}, 0, 0x2000), "") << "the last keeps its length";
    facts_.kconfig["NEED_SG_DMA_LENGTH"] = "y";
  }
}

TEST_F(KnownSplit, ExplainsPartsThatBeginBehindASegment) {
  const std::string id = "split-begins-behind-a-segment";
  EXPECT_EQ(explained("split-legal", {0x1000, 0x1000}, 0x1000, 0x1000), id);
  EXPECT_EQ(explained("split-bytes", {0x1000, 0x1000}, 0x1000, 0x1000), "");
  EXPECT_EQ(explained("split-legal", {0x1000, 0x1000}, 0xfff, 0x1001), "");
  EXPECT_EQ(explained("split-legal", {0x1000, 0x1000}, 0, 0x1000), "");
}

TEST_F(KnownSplit, ExplainsLastPartsThatEndInsideASegmentBeforeTheLast) {
  const std::string id = "split-ends-inside-a-segment";
  for (const char* clause : {"split-bytes", "split-legal"}) {
    EXPECT_EQ(explained(clause, {0x1000, 0x1000}, 0, 0xfff), id);
    EXPECT_EQ(explained(clause, {0x1000, 0x1000}, 0, 0x10, 0x20), id);
    EXPECT_EQ(explained(clause, {0x1000, 0x1000}, 0, 0x1000), "") << "at its end";
    EXPECT_EQ(explained(clause, {0x1000, 0x1000}, 0, 0x1001), "") << "in the last one";
    EXPECT_EQ(explained(clause, {0x1000}, 0, 0x10), "");
  }
  EXPECT_EQ(explained("split-result", {0x1000, 0x1000}, 0, 0xfff), "");
}

/// The trace of the corpus; only what the predicate looks at is made.
class PartInLaterSlot : public ::testing::Test {
 protected:
  static constexpr unsigned kBounced = 2, kPart = 3;
  static constexpr std::uint64_t kSlot = 0x8000321;

  void SetUp() override {
    const std::filesystem::path corpus = SGPROOF_CORPUS_DIR;
    known_ = known_defects(corpus);
    std::ifstream in(corpus / "known" / "swiotlb-part-in-later-slot.trace.json");
    s_ = model::scenario_from_json(nlohmann::json::parse(in));
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = s_.nents;
    r_.nops = s_.nops;
    r_.world = s_.world;
    for (unsigned i = 0; i < s_.nops; ++i) {
      r_.steps[i].done = 1;
      r_.steps[i].entries[0].dma_address = kSlot;
    }
    r_.events[r_.nevents++] = {.kind = SGP_EV_SWIOTLB_MAP,
                               .step = kBounced,
                               .a = 0,
                               .b = 0x1000,
                               .c = 2,
                               .d = 0,
                               .ret = kSlot};
  }

  [[nodiscard]] bool explained(int patchlevel = 1) const {
    const auto known_facts = known_defect::facts();  // the trace refers to them
    const auto trace = model::concrete_trace(s_, r_, known_facts);
    const properties::Violation v{
        {"SWT-2", "bytes", "dma_sync_single_for_cpu"}, kPart, {}, "bytes", 0x10, 0};
    return explanation(known_, {.version = 6, .patchlevel = patchlevel, .sublevel = 0, .extra = {}},
                       trace, v) != nullptr;
  }

  std::vector<Known> known_;
  sgp_scenario s_{};
  sgp_report r_{};
};

TEST_F(PartInLaterSlot, IsExplainedWhereTheKernelHasIt) {
  EXPECT_TRUE(explained());
  EXPECT_FALSE(explained(12));
}

TEST_F(PartInLaterSlot, IsNoExcuseForAPartInTheFirstSlotOrFurtherOnInALaterOne) {
  s_.ops[kPart].offset = 0x100;
  EXPECT_FALSE(explained());
  s_.ops[kPart].offset = 0x800;
  EXPECT_FALSE(explained());
  s_.ops[kPart].offset = 0x7ff;
  EXPECT_TRUE(explained());
}

TEST_F(PartInLaterSlot, IsNoExcuseWithoutAlignmentMaskOrBouncing) {
  r_.world.devices[0].min_align = 0;
  EXPECT_FALSE(explained());
  r_.world.devices[0].min_align = 0xfff;
  r_.events[0].ret = kSlot + 0x1000;
  EXPECT_FALSE(explained());
}

TEST_F(PartInLaterSlot, IsExplainedBehindAnIommuWhereTheDeviceIsUntrusted) {
  s_.world.iommu = 1;
  s_.world.iommu_granule = r_.world.iommu_granule = 0x1000;
  r_.nevents = 0;  // no call of swiotlb_map()
  EXPECT_FALSE(explained());
  r_.world.devices[0].untrusted = 1;
  EXPECT_TRUE(explained());
  s_.ops[1].offset = 0;
  s_.ops[1].length = 0x1000;
  EXPECT_FALSE(explained()) << "whole granules are not bounced";
}

TEST_F(PartInLaterSlot, IsNoExcuseForASyncOfTheWholeList) {
  s_.ops[kPart].code = SGP_OP_SYNC_CPU;
  EXPECT_FALSE(explained());
}

/// Traces of the corpus in front of the predicates; only what these look at is made.
class KnownTrace : public ::testing::Test {
 protected:
  void load(const std::string& trace, unsigned step) {
    const std::filesystem::path corpus = SGPROOF_CORPUS_DIR;
    known_ = known_defects(corpus);
    std::ifstream in(corpus / "known" / trace);
    s_ = model::scenario_from_json(nlohmann::json::parse(in));
    r_.magic = SGP_MAGIC_REPORT;
    r_.id = s_.id;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = s_.nents;
    r_.nops = s_.nops;
    r_.world = s_.world;
    for (unsigned j = 0; j < s_.npages; ++j)
      r_.pages[j] = {
          .pointer = 0, .phys = s_.world.pages[j].pfn << 12, .kind = s_.world.pages[j].kind};
    for (unsigned i = 0; i < s_.nops; ++i) r_.steps[i].done = 1;
    violation_.step = step;
  }

  [[nodiscard]] std::string explained(const std::string& invariant, const std::string& clause,
                                      int patchlevel = 1) {
    violation_.id.invariant = invariant;
    violation_.id.clause = clause;
    const auto known_facts = known_defect::facts();  // the trace refers to them
    const auto trace = model::concrete_trace(s_, r_, known_facts);
    const auto* known =
        explanation(known_, {.version = 6, .patchlevel = patchlevel, .sublevel = 0, .extra = {}},
                    trace, violation_);
    return known == nullptr ? "" : known->id;
  }

  std::vector<Known> known_;
  sgp_scenario s_{};
  sgp_report r_{};
  properties::Violation violation_;
};

TEST_F(KnownTrace, PeerMemoryIsExplainedAndNothingElse) {
  load("iommu-untrusted-peer-memory.trace.json", 3);
  violation_.entry = 0;
  EXPECT_EQ(explained("MAP-7", "own-type"), "iommu-untrusted-peer-memory");
  EXPECT_EQ(explained("MAP-7", "own-type", 12), "iommu-untrusted-peer-memory");
  EXPECT_EQ(explained("IOM-2", "bytes"), "");
  r_.pages[0].kind = 0;
  EXPECT_EQ(explained("MAP-7", "own-type"), "") << "it is RAM";
  violation_.entry.reset();
  violation_.observed = 0x80009000;
  EXPECT_EQ(explained("IOM-7", "only-the-segments"), "iommu-untrusted-peer-memory");
  violation_.observed = 0x7000;
  EXPECT_EQ(explained("IOM-7", "only-the-segments"), "");
  violation_.observed = 0x80009000;
  r_.world.devices[0].untrusted = 0;
  EXPECT_EQ(explained("IOM-7", "only-the-segments"), "");
}

TEST_F(KnownTrace, BusSegmentsAreMaintainedBehindAnIommu) {
  load("iommu-bus-segment-maintained.trace.json", 2);
  for (const auto address : {0x4000000000ULL, 0x4080000fffULL}) {  // in the BAR, on the bus
    violation_.observed = address;
    EXPECT_EQ(explained("MAP-5", "not-maintained"), "iommu-bus-segment-maintained");
  }
  EXPECT_EQ(explained("SWT-5", "maintained-memory"), "");
  violation_.observed = 0x4080001000;
  EXPECT_EQ(explained("MAP-5", "not-maintained"), "") << "it is behind the segment";
  violation_.observed = 0x4080000000;
  s_.ops[2].code = SGP_OP_SYNC_PART_CPU;
  EXPECT_EQ(explained("MAP-5", "not-maintained"), "") << "a part is looked up";
  s_.ops[2].code = SGP_OP_MAP_SGTABLE;
  r_.world.devices[0].noncoherent = 0;
  EXPECT_EQ(explained("MAP-5", "not-maintained"), "") << "the device sees the caches";
}

TEST_F(KnownTrace, BusSegmentsAreMaintainedWhenAListIsSynchronised) {
  load("direct-sync-bus-segment.trace.json", 3);
  violation_.observed = 0x4080000000;
  EXPECT_EQ(explained("MAP-5", "not-maintained"), "direct-sync-bus-segment");
  EXPECT_EQ(explained("MAP-5", "not-maintained", 12), "direct-sync-bus-segment");
  violation_.step = 2;
  EXPECT_EQ(explained("MAP-5", "not-maintained"), "") << "mapping knows them";
  violation_.step = 4;
  EXPECT_EQ(explained("MAP-5", "not-maintained"), "") << "so does unmapping";
}

TEST_F(KnownTrace, AClearedSlotIsExplainedAsFarAsItWasNotWritten) {
  load("iommu-untrusted-slot-cleared.trace.json", 3);
  violation_.entry = 0;
  violation_.observed = 0x100;
  EXPECT_EQ(explained("SWT-2", "transferred"), "iommu-untrusted-slot-cleared");
  EXPECT_EQ(explained("SWT-2", "transferred", 12), "") << "it was repaired";
  violation_.observed = 0x101;
  EXPECT_EQ(explained("SWT-2", "transferred"), "") << "more than what was left out";
  violation_.observed = 0x100;
  s_.ops[2].dir = s_.ops[3].dir = 0;
  EXPECT_EQ(explained("SWT-2", "transferred"), "") << "the slot is only cleared beside the copy";
  s_.ops[2].dir = s_.ops[3].dir = 2;
  s_.ops[1].offset = 0;
  s_.ops[1].length = 0x1000;
  EXPECT_EQ(explained("SWT-2", "transferred"), "") << "whole granules are not bounced";
}

TEST_F(KnownTrace, WhatLiesBeforeABufferInItsSlotIsExplained) {
  const std::string id = "iommu-untrusted-bytes-before-buffer";
  load(id + ".trace.json", 2);
  violation_.entry = 0;
  EXPECT_EQ(explained("SWT-2", "padding-cleared"), id);
  EXPECT_EQ(explained("SWT-2", "padding-cleared", 10), "") << "it was repaired";
  EXPECT_EQ(explained("SWT-2", "transferred"), "");
  r_.world.devices[0].min_align = 0xff;
  EXPECT_EQ(explained("SWT-2", "padding-cleared"), "") << "the slot begins with the buffer";
  r_.world.devices[0].min_align = 0x1ff;
  r_.world.devices[0].untrusted = 0;
  EXPECT_EQ(explained("SWT-2", "padding-cleared"), "") << "nothing is bounced";
}

TEST_F(KnownTrace, AMarkIsKeptUntilTheListIsInitialised) {
  constexpr int kSince = 5;
  load("iommu-bounce-mark-kept.trace.json", 6);
  EXPECT_EQ(explained("SAF-3", "no-warn", kSince), "iommu-bounce-mark-kept");
  EXPECT_EQ(explained("IOM-4", "as-taken", 12), "iommu-bounce-mark-kept");
  EXPECT_EQ(explained("IOM-4", "as-taken", 1), "") << "there was no mark";
  EXPECT_EQ(explained("SWT-5", "maintained-memory", kSince), "iommu-bounce-mark-kept");
  EXPECT_EQ(explained("IOM-2", "bytes", kSince), "");
  s_.ops[4].code = SGP_OP_INIT;
  EXPECT_EQ(explained("SAF-3", "no-warn", kSince), "") << "the mark is gone";
  s_.ops[4].code = SGP_OP_UNMAP;
  r_.world.devices[0].untrusted = 1;
  EXPECT_EQ(explained("SAF-3", "no-warn", kSince), "") << "this one is bounced";
  r_.world.devices[0].untrusted = r_.world.devices[1].untrusted = 0;
  EXPECT_EQ(explained("SAF-3", "no-warn", kSince), "") << "none was";
}

TEST_F(KnownTrace, ASearchNeverEndsWithAMaskAboveASlot) {
  load("swiotlb-search-never-ends.trace.json", 2);
  EXPECT_EQ(explained("SAF-5", "ends"), "swiotlb-search-never-ends");
  EXPECT_EQ(explained("SAF-1", "access"), "swiotlb-search-never-ends");
  EXPECT_EQ(explained("SAF-1", "access", 3), "") << "it was repaired";
  r_.world.devices[0].min_align = 0x7ff;
  EXPECT_EQ(explained("SAF-1", "access"), "") << "every slot has these bits";
  r_.world.devices[0].min_align = 0xfff;
  r_.world.devices[0].force_bounce = 0;
  EXPECT_EQ(explained("SAF-1", "access"), "") << "nothing is bounced";
}

class KnownFiles : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(dir_ / "known"); }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string error_of(const std::string& text) {
    std::ofstream(dir_ / "known" / "x.json") << text;
    try {
      (void)known_defects(dir_);
    } catch (const Error& e) {
      return e.id() + " " + e.what();
    }
    return "none";
  }

  std::filesystem::path dir_ =
      std::filesystem::temp_directory_path() / ("sgproof-known-" + std::to_string(::getpid()));
};

TEST_F(KnownFiles, BrokenOnesAreRefused) {
  constexpr const char* kGood =
      R"({"schema": "sgproof-known/1", "id": "x", "claims": ["A b"], "function": "f",
          "from": "6.1", "to": "6.12", "predicate": "refused-with-stale-dma-fields",
          "reason": "r", "trace": "t"})";
  EXPECT_EQ(error_of(kGood), "none");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = kGood;
    text.replace(text.find(from), from.size(), to);
    return error_of(text);
  };
  EXPECT_THAT(error_of("{"), testing::StartsWith("SGP-E0630"));
  EXPECT_THAT(with("known/1", "known/2"), testing::HasSubstr("unknown schema"));
  EXPECT_THAT(with("refused-with", "with"), testing::HasSubstr("unknown predicate"));
  EXPECT_THAT(with("6.12", "six"), testing::HasSubstr("six is no kernel version"));
  EXPECT_THAT(with("\"reason\"", "\"why\""), testing::StartsWith("SGP-E0630"));
}

}  // namespace
}  // namespace sgproof::gate

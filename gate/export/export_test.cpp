#include "gate/export/export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "gate/export/claim_sentence.hpp"
#include "gate/export/reference.hpp"
#include "model/error.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Accessors kMainline{"sg_dma_is_bus_address", "sg_dma_mark_bus_address",
                          "sg_dma_unmark_bus_address"};

/// A trace as the gate writes it, made step by step.
class Maker {
 public:
  explicit Maker(unsigned nents) {
    model::Facts facts;
    facts.values["WORD_BITS"] = 64;
    trace.name = "made-by-hand";
    trace.scenario = model::blank_scenario(facts, nents, 2, 4);
    op(SGP_OP_INIT);
  }
  sgp_op& op(sgp_opcode code, unsigned entry = 0, unsigned page = 0) {
    return model::add_op(trace.scenario, code, entry, page);
  }
  Maker& ram(unsigned entry) {
    op(SGP_OP_SET_PAGE, entry, entry);
    return *this;
  }
  Maker& peer(unsigned entry, unsigned provider, std::uint64_t bar_byte = 0) {
    sgp_page& page = trace.scenario.world.pages[entry];
    page.kind = provider + 1;
    page.pfn = (trace.scenario.world.providers[provider].cpu_start + bar_byte) >> 12;
    op(SGP_OP_SET_PAGE, entry, entry).offset = bar_byte & 0xfff;
    return *this;
  }
  Maker& map(unsigned device = 0, sgp_opcode code = SGP_OP_MAP_SGTABLE) {
    sgp_op& o = op(code);
    o.device = device;
    o.dir = 1;
    return *this;
  }
  Maker& unmap(unsigned device = 0) { return map(device, SGP_OP_UNMAP); }
  Maker& violates(const std::string& invariant, const std::string& clause, unsigned step) {
    trace.about.invariant = invariant;
    trace.about.clause = clause;
    trace.about.step = step;
    return *this;
  }
  [[nodiscard]] sgp_world& world() { return trace.scenario.world; }
  [[nodiscard]] std::string kunit() const { return export_kunit(trace, kMainline); }
  [[nodiscard]] std::string module() const { return export_module(trace, kMainline); }

  TraceFile trace;
};

/// Identifier and text of the error; empty if there is none.
template <class F>
std::string refused(const F& f) {
  try {
    (void)f();
    return {};
  } catch (const Error& e) {
    return e.id() + " " + e.what();
  }
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(ExportKunit, AssertsTheBusAddressOfTheOwnProvider) {
  Maker m(2);
  m.world().providers[1].bus_start += 0x1000;
  m.ram(0).peer(1, 1, 0x2003).map().unmap().violates("MAP-1", "address", 3);
  const auto text = m.kunit();
  EXPECT_THAT(text, HasSubstr("#include <kunit/test.h>\n"));
  EXPECT_THAT(text, HasSubstr("\tsg_set_page(&sgl[1], peer, 0x1000, 3);\n"));
  EXPECT_THAT(text,
              HasSubstr("\tKUNIT_ASSERT_EQ(test, dma_map_sgtable(dev, &sgt, DMA_TO_DEVICE, 0),"));
  EXPECT_THAT(text, HasSubstr("page_to_phys(peer) + 3 + bus_offset);"));
  EXPECT_THAT(text, HasSubstr("\tbus_offset = 0x1000ULL;\n"));
  EXPECT_THAT(text, HasSubstr("KUNIT_EXPECT_TRUE(test, sg_dma_is_bus_address(&sgl[1]));"));
  EXPECT_THAT(text, HasSubstr("KUNIT_EXPECT_FALSE(test, sg_dma_is_bus_address(&sgl[0]));"));
  EXPECT_THAT(text, HasSubstr("pci_p2pdma_add_resource("));
  EXPECT_THAT(text, HasSubstr("kunit_skip(test, \"%s\", why);"));
  EXPECT_THAT(text, HasSubstr("\tdma_unmap_sgtable(dev, &sgt, DMA_TO_DEVICE, 0);\n"));
  EXPECT_THAT(text, Not(HasSubstr("sg_is_last"))) << "of another kind than what is violated";
}

TEST(ExportKunit, SyncsAreCalledWhileTheListIsMapped) {
  Maker m(2);
  m.ram(0).peer(1, 0).map(0, SGP_OP_MAP_SG);
  m.map(0, SGP_OP_SYNC_PART_DEVICE).map(0, SGP_OP_SYNC_PART_CPU).map(0, SGP_OP_SYNC_CPU).unmap();
  sgp_op* part = &m.trace.scenario.ops[4];
  part[0].offset = 0x10;
  part[0].length = 0x20;
  part[1].entry = 1;
  m.violates("MAP-3", "kept-by-sync", 6);
  const auto text = m.kunit();
  EXPECT_THAT(text, HasSubstr("dma_sync_single_range_for_device(dev, sg_dma_address(&sgl[0]), "
                              "0x10,"));
  EXPECT_THAT(text, Not(HasSubstr("dma_sync_single_range_for_cpu"))) << "it is a bus address";
  EXPECT_THAT(text, HasSubstr("\tdma_sync_sg_for_cpu(dev, sgl, 2, DMA_TO_DEVICE);\n"));
  EXPECT_THAT(text, HasSubstr("KUNIT_EXPECT_TRUE(test, sg_dma_is_bus_address(&sgl[1]));"));
  EXPECT_THAT(text, HasSubstr("\tdma_unmap_sg(dev, sgl, 2, DMA_TO_DEVICE);\n"));
}

TEST(ExportKunit, NothingIsSynchronisedWhereTheMapMustFail) {
  Maker m(1);
  m.world().providers[0].cached_type[0] = SGP_TYPE_NOT_SUPPORTED;
  m.peer(0, 0).map().map(0, SGP_OP_SYNC_CPU).unmap();
  const auto text = m.kunit();
  EXPECT_EQ(count(text, "dma_map_sgtable("), 1U);
  EXPECT_EQ(count(text, "dma_sync"), 0U);
}

TEST(ExportKunit, CallsTheTreesOwnNames) {
  Maker m(1);
  m.op(SGP_OP_MARK_BUS);
  const auto text = export_kunit(m.trace, {"sg_is_pci_p2pdma", "sg_mark_pci_p2pdma", "unmark"});
  EXPECT_THAT(text, HasSubstr("\tsg_mark_pci_p2pdma(&sgl[0]);\n"));
  EXPECT_THAT(text, HasSubstr("KUNIT_EXPECT_EQ(test, sg_is_pci_p2pdma(&sgl[0]),"));
  EXPECT_THAT(text, Not(HasSubstr("sg_dma_is_bus_address")));
}

TEST(ExportKunit, AListAloneNeedsNoDevice) {
  Maker m(2);
  m.ram(0).op(SGP_OP_MARK_END, 0);
  m.violates("ENC-2", "chain-mark", 2);
  const auto text = m.kunit();
  EXPECT_THAT(text, HasSubstr("KUNIT_EXPECT_TRUE(test, sg_is_last(&sgl[0]));"));
  EXPECT_THAT(text, HasSubstr("KUNIT_EXPECT_FALSE(test, sg_is_chain(&sgl[0]));"));
  EXPECT_THAT(text, Not(HasSubstr("struct device")));
  EXPECT_THAT(text, Not(HasSubstr("pci")));
}

TEST(ExportKunit, ARefusedMapMustReturnItsErrorAndIsUndoneWhereItDoesNot) {
  Maker m(1);
  m.world().providers[0].cached_type[0] = SGP_TYPE_NOT_SUPPORTED;
  m.peer(0, 0).map().unmap().violates("REF-1", "map-error", 2);
  const auto text = m.kunit();
  EXPECT_THAT(text, HasSubstr("\tKUNIT_EXPECT_EQ(test, ret, -EREMOTEIO);\n"));
  EXPECT_THAT(text,
              HasSubstr("\tif (!ret)\n\t\tdma_unmap_sgtable(dev, &sgt, DMA_TO_DEVICE, 0);\n"));
  EXPECT_EQ(count(text, "dma_unmap_sgtable("), 1U) << "what failed is not unmapped again";
  EXPECT_THAT(text, HasSubstr("if (is_forwarded(client, provider))"));
}

TEST(ExportKunit, MemoryOutOfReachIsOutOfReachByAsMuch) {
  Maker m(1);
  m.world().pages[0].pfn = 0x100001;
  m.world().devices[0].dma_mask = 0x100001ffe;  // one byte less than the segment's last
  m.ram(0).map().violates("REF-1", "map-error", 2);
  const auto text = m.kunit();
  EXPECT_THAT(text, HasSubstr("*dev->dma_mask = page_to_phys(block) + 0x1ffe;"));
  EXPECT_THAT(text, HasSubstr("page = block + 1;")) << "page frame numbers keep their low bits";
  EXPECT_THAT(text, HasSubstr("-EIO"));
  EXPECT_THAT(text, HasSubstr("dev->dma_io_tlb_mem = NULL;"));
}

TEST(ExportKunit, EndsWithTheStepThatShowsTheViolation) {
  Maker m(1);
  m.ram(0).map().unmap().map().violates("MAP-2", "address", 2);
  const auto text = m.kunit();
  EXPECT_EQ(count(text, "dma_map_sgtable("), 1U);
  EXPECT_EQ(count(text, "dma_unmap_sgtable("), 1U) << "nothing stays mapped";
  EXPECT_EQ(count(m.module(), "dma_map_sgtable("), 2U);
}

TEST(ExportKunit, EqualPagesAreOnePage) {
  Maker m(2);
  m.world().pages[1].pfn = m.world().pages[0].pfn;
  m.ram(0).ram(1);
  const auto text = m.kunit();
  EXPECT_THAT(text, HasSubstr("sg_set_page(&sgl[1], ram, "));
  EXPECT_EQ(count(text, "struct page *"), 1U);
}

TEST(ExportKunit, ChainedTablesAreTwoArrays) {
  Maker m(3);
  m.trace.scenario.split = 2;
  m.ram(0).ram(1).ram(2).map().unmap();
  const auto text = m.kunit();
  EXPECT_THAT(text, HasSubstr("struct scatterlist sgl[3];"));
  EXPECT_THAT(text, HasSubstr("struct scatterlist more[1];"));
  EXPECT_THAT(text, HasSubstr("\tsg_chain(sgl, 3, more);\n"));
  EXPECT_THAT(text, HasSubstr("sg_dma_address(&more[0])"));
}

TEST(ExportKunit, BouncingIsForcedAndSeen) {
  Maker m(1);
  m.world().devices[0].force_bounce = m.world().devices[0].swiotlb_active = 1;
  m.ram(0).map().unmap();
  const auto text = m.kunit();
  EXPECT_THAT(text, HasSubstr("dev_pool.force_bounce = true;"));
  EXPECT_THAT(text, HasSubstr("is_swiotlb_buffer(dev, sg_dma_address(&sgl[0]))"));
}

TEST(ExportRefuses, AFullPool) {
  Maker m(1);
  m.world().devices[0].force_bounce = m.world().devices[0].swiotlb_active = 1;
  m.world().choices[0] = ~0ULL;
  m.ram(0).map().violates("REF-1", "pool-full", 2);
  EXPECT_THAT(refused([&] { return m.kunit(); }), HasSubstr("SGP-E0622"));
  EXPECT_THAT(refused([&] { return m.module(); }), HasSubstr("bounce pool is full"));
}

TEST(ExportRefuses, DevicesThatDoNotSeeTheCaches) {
  Maker m(1);
  m.ram(0).map().unmap();
  m.world().devices[0].noncoherent = 1;
  EXPECT_THAT(refused([&] { return m.module(); }), HasSubstr("does not see the caches"));
}

TEST(ExportRefuses, DevicesBehindAnIommu) {
  Maker m(1);
  m.ram(0).map().unmap();
  m.world().iommu = 1;
  EXPECT_THAT(refused([&] { return m.kunit(); }), HasSubstr("SGP-E0622"));
  EXPECT_THAT(refused([&] { return m.module(); }), HasSubstr("behind an IOMMU"));
}

TEST(ExportRefuses, WhatNoTestCanSee) {
  Maker m(1);
  m.world().devices[0].force_bounce = m.world().devices[0].swiotlb_active = 1;
  m.ram(0).map().unmap().violates("MAP-5", "unmapped-once", 3);
  EXPECT_THAT(refused([&] { return m.kunit(); }), HasSubstr("SGP-E0621"));
  m.violates("SAF-1", "access", 2);
  EXPECT_THAT(refused([&] { return m.module(); }), HasSubstr("SGP-E0621"));
}

TEST(ExportRefuses, AClaimThatDoesNotApplyThere) {
  Maker m(1);
  m.ram(0).violates("MAP-1", "address", 1);
  EXPECT_THAT(refused([&] { return m.kunit(); }), HasSubstr("SGP-E0621"));
}

TEST(ExportRefuses, WhatStopsACorrectKernel) {
  Maker m(1);
  m.op(SGP_OP_ASSIGN_RAW).raw = 0xffffea0000001001;
  EXPECT_THAT(refused([&] { return m.kunit(); }), HasSubstr("SGP-E0620"));
}

TEST(ExportRefuses, WhatWouldBecomeAnotherScenario) {
  Maker wide(1);
  wide.ram(0).trace.scenario.ops[1].offset = 0x100000000;
  EXPECT_THAT(refused([&] { return wide.kunit(); }), HasSubstr("does not fit an entry"));
  Maker empty(1);
  empty.ram(0).trace.scenario.ops[1].length = 0;
  empty.map();
  EXPECT_THAT(refused([&] { return empty.module(); }), HasSubstr("without bytes"));
  Maker sideways(1);
  sideways.ram(0).map().trace.scenario.ops[2].dir = 3;
  EXPECT_THAT(refused([&] { return sideways.kunit(); }), HasSubstr("direction"));
}

TEST(ExportRefuses, MachinesThatCannotBeMade) {
  Maker acs(1);
  for (auto& type : acs.world().providers[0].cached_type) type = SGP_TYPE_UNKNOWN;
  acs.world().providers[0].port_acs = SGP_ACS_REQUESTS;
  acs.peer(0, 0).map();
  EXPECT_THAT(refused([&] { return acs.kunit(); }), HasSubstr("access control"));
  Maker large(1);
  large.ram(0).trace.scenario.ops[1].length = 0x10000000;
  large.map();
  EXPECT_THAT(refused([&] { return large.kunit(); }), HasSubstr("SGP-E0622"));
}

TEST(ExportModule, ChecksEveryStepAndSaysSo) {
  Maker m(2);
  m.ram(0).peer(1, 0).map().unmap().violates("MAP-3", "unmarked-after-unmap", 4);
  const auto text = m.module();
  EXPECT_THAT(text, HasSubstr("pr_info(\"PASS: %s\\n\", what);"));
  EXPECT_THAT(text, HasSubstr("step 3, entry 1: dma_address (MAP-1 address)"));
  EXPECT_THAT(text, HasSubstr("step 4, entry 1: bus-address mark (MAP-3 unmarked-after-unmap)"));
  EXPECT_THAT(text, HasSubstr("module_init("));
  EXPECT_THAT(text, Not(HasSubstr("kunit")));
}

TEST(ExportSteps, SayCallsAndWhatMustHold) {
  Maker m(1);
  m.world().providers[0].bus_start += 0x5000;
  m.peer(0, 0, 0x1004).map().unmap().violates("MAP-1", "address", 2);
  m.trace.about.function = "dma_direct_map_sg";
  m.trace.about.file = "kernel/dma/direct.c";
  m.trace.about.line = 488;
  m.trace.about.field = "dma_address";
  m.trace.about.observed = "0x4";
  const auto text = export_steps(m.trace, kMainline);
  EXPECT_THAT(text, HasSubstr("    dma_map_sgtable(dev0, &sgt, DMA_TO_DEVICE, 0);\n"));
  EXPECT_THAT(text, HasSubstr("entry 0, dma_address = 0x4000006004  (MAP-1 address)"));
  EXPECT_THAT(text, HasSubstr("at kernel/dma/direct.c:488, in dma_direct_map_sg()"));
}

TEST(ExportSteps, CanBeReadWhereNothingElseCanBeExported) {
  Maker m(1);
  m.op(SGP_OP_ASSIGN_RAW).raw = 1;
  EXPECT_THAT(export_steps(m.trace, kMainline), HasSubstr("what must hold is not known"));
}

TEST(TraceFile, TextsCannotEndACommentOrAString) {
  Maker m(1);
  m.ram(0);
  auto json = model::to_json(m.trace.scenario);
  json["about"] = {{"invariant", "ENC-1"},
                   {"clause", "read-back"},
                   {"function", "x*/ int y; /*\"\\\n"},
                   {"file", "a//b"}};
  const auto trace = parse_trace_file(json.dump(), "n*/ame\n");
  const auto text = export_kunit(trace, kMainline);
  EXPECT_THAT(text, Not(HasSubstr("int y; /*")));
  EXPECT_EQ(trace.about.function.find_first_of("*\"\\\n"), std::string::npos);
  EXPECT_EQ(trace.name.find_first_of("*\n"), std::string::npos);
}

/// Every exported text is in the kernel's style as far as a machine can say it here.
void check_style(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  EXPECT_EQ(line, "// SPDX-License-Identifier: GPL-2.0");
  bool empty = false;
  while (std::getline(in, line)) {
    EXPECT_FALSE(line.empty() && empty) << "two empty lines";
    empty = line.empty();
    EXPECT_FALSE(line.ends_with(' ') || line.ends_with('\t')) << line;
    EXPECT_FALSE(line.starts_with("        ")) << "spaces for a tab: " << line;
    std::size_t columns = 0;
    for (const char c : line) columns += c == '\t' ? 8 - columns % 8 : 1;
    EXPECT_LE(columns, 100U) << line;
  }
  EXPECT_EQ(count(text, "{"), count(text, "}"));
}

/// The traces of the corpus but those behind an IOMMU, which no test makes.
std::vector<std::filesystem::path> exportable_traces() {
  std::vector<std::filesystem::path> all;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(SGPROOF_CORPUS_DIR "/traces")) {
    if (entry.path().extension() != ".json") continue;
    const auto trace = read_trace_file(entry.path());
    if (trace.scenario.world.iommu == 0)
      all.push_back(entry.path());
    else
      EXPECT_THROW((void)export_kunit(trace, kMainline), Error) << entry.path();
  }
  return all;
}

TEST(Corpus, EveryTraceIsExportedInEveryForm) {
  unsigned traces = 0;
  for (const auto& path : exportable_traces()) {
    ++traces;
    SCOPED_TRACE(path.string());
    const auto trace = read_trace_file(path);
    check_style(export_kunit(trace, kMainline));
    check_style(export_module(trace, kMainline));
    EXPECT_THAT(export_steps(trace, kMainline), HasSubstr("must hold: "));
  }
  EXPECT_GE(traces, 18U);
}

TEST(ClaimSentence, IsASentenceForEveryClaimOfTheCorpus) {
  for (const auto& path : exportable_traces()) {
    for (const auto& assertion : reference_run(read_trace_file(path)).assertions)
      for (const auto& claim : assertion.claims) {
        const auto space = claim.find(' ');
        const auto words = claim_sentence(claim.substr(0, space), claim.substr(space + 1));
        EXPECT_TRUE(words.ends_with('.')) << words;
        EXPECT_THAT(words, Not(HasSubstr("must hold"))) << claim << " has no words of its own";
      }
  }
}

}  // namespace
}  // namespace sgproof::gate

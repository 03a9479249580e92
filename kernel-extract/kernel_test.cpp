// The whole room on a real tree: debian:6.1 with our own harness, and that debian:6.12 fits it.
// Needs the packages linux-source-6.1 and linux-source-6.12 and some minutes the first time; what
// it builds is kept in the build directory.
#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>

#include "kernel-extract/byte_order.hpp"
#include "kernel-extract/extract.hpp"
#include "kernel-extract/harness/sgp_abi.h"
#include "kernel-extract/native.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::IsEmpty;

/// A patch of one line of kernel/dma/direct.c or another file, made from the tree.
std::string edit(const Tree& tree, const std::string& file, const std::string& from,
                 const std::string& to) {
  const auto text = read_file(tree.path / file);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  const auto line_begin = text.rfind('\n', at) + 1;
  const auto line_end = text.find('\n', at);
  const auto line = text.substr(line_begin, line_end - line_begin);
  const auto number =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(line_begin), '\n') + 1;
  auto changed = line;
  changed.replace(at - line_begin, from.size(), to);
  const auto before_begin = text.rfind('\n', line_begin - 2) + 1;
  const auto before = text.substr(before_begin, line_begin - 1 - before_begin);
  const auto after = text.substr(line_end + 1, text.find('\n', line_end + 1) - line_end - 1);
  const auto n = std::to_string(number - 1);
  const auto added = std::count(changed.begin(), changed.end(), '\n') + 1;
  std::string plus;
  for (std::size_t begin = 0; begin <= changed.size();) {
    const auto end = std::min(changed.find('\n', begin), changed.size());
    plus += "+" + changed.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return "--- a/" + file + "\n+++ b/" + file + "\n@@ -" + n + ",3 +" + n + "," +
         std::to_string(2 + added) + " @@\n " + before + "\n-" + line + "\n" + plus + " " + after +
         "\n";
}

class KernelTest : public testing::Scratch {
 protected:
  KernelTest() : kept(SGPROOF_TEST_CACHE), real{kept, {}, {}, 2} {}
  Source source(const std::optional<std::string>& patch = {}) {
    if (!patch) return open_source("debian:6.1", {}, real);
    return open_source("debian:6.1", put("p.patch", *patch).string(), real);
  }
  Module module(const std::string& config, const std::optional<std::string>& patch = {}) {
    return extract_module(source(patch).subject(), config, {}, real);
  }
  Tree tree() { return open_tree("debian:6.1", real); }

  CacheDir kept;
  Context real;
};

/// Functions that reachable code calls and that have no body. Compile-time assertions have none
/// anywhere: clean-up passes, which come later, remove the calls.
std::vector<std::string> lacking(const Module& module) {
  std::vector<std::string> names;
  for (const auto& external : module.externals)
    if (external.is_function && !external.name.starts_with("__compiletime_assert_"))
      names.push_back(external.name);
  return names;
}

TEST_F(KernelTest, ModuleOf64BitKernelHasItsFactsAndFunctions) {
  const auto m = module("x86_64");
  EXPECT_EQ(m.version.version, 6);
  EXPECT_EQ(m.facts.at("WORD_BITS"), 64U);
  EXPECT_EQ(m.facts.at("SIZEOF_PAGE"), 64U);
  EXPECT_EQ(m.facts.at("SIZEOF_SCATTERLIST"), 32U);
  EXPECT_EQ(m.kconfig.at("PCI_P2PDMA"), "y");
  const auto* f = m.find("dma_direct_map_sg");
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->file, "kernel/dma/direct.c");
  EXPECT_TRUE(f->reachable);
  EXPECT_TRUE(f->lines.contains("kernel/dma/direct.c"));
  EXPECT_NE(std::find(m.sources.begin(), m.sources.end(), "include/linux/scatterlist.h"),
            m.sources.end());
}

TEST_F(KernelTest, ModuleWithSlobHasAnOddPageOf64BitsWhereTheTreeHasSlob) {
  const auto m = module("x86_64-slob");
  EXPECT_EQ(m.facts.at("WORD_BITS"), 64U);
  EXPECT_EQ(m.facts.at("SIZEOF_PAGE"), 56U);
  EXPECT_EQ(m.facts.at("ALIGNOF_PAGE"), 8U);
  EXPECT_THAT(lacking(m), ElementsAre("beyond_the_contract"));
  const auto newer = open_tree("debian:6.12", real);
  const auto error = error_of([&] { (void)extract_module(newer, "x86_64-slob", {}, real); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0121");
  EXPECT_THAT(error->what(), ::testing::HasSubstr("does not give SLOB"));
}

TEST_F(KernelTest, ModuleOf32BitKernelHasTheOddPage) {
  const auto m = module("i386");
  EXPECT_EQ(m.facts.at("WORD_BITS"), 32U);
  EXPECT_EQ(m.facts.at("SIZEOF_PAGE"), 36U);
  EXPECT_EQ(m.facts.at("ALIGNOF_PAGE"), 4U);
}

TEST_F(KernelTest, ModuleOfBigEndianKernelHasTheOddPageAndLacksNothing) {
  for (const char* kernel : {"debian:6.1", "debian:6.12"}) {
    const auto m = extract_module(open_tree(kernel, real), "mips", {}, real);
    EXPECT_EQ(m.facts.at("WORD_BITS"), 32U) << kernel;
    EXPECT_EQ(m.facts.at("SIZEOF_PAGE"), 36U) << kernel;
    EXPECT_EQ(m.facts.at("ALIGNOF_PAGE"), 4U) << kernel;
    EXPECT_EQ(m.facts.at("EREMOTEIO"), 140U) << kernel;  // 121 elsewhere
    EXPECT_THAT(lacking(m), IsEmpty()) << kernel;
  }
}

TEST_F(KernelTest, ModuleOfUserModeKernelHasTheWordsOfThisMachineAndLacksNothing) {
  for (const char* kernel : {"debian:6.1", "debian:6.12"}) {
    const auto m = extract_module(open_tree(kernel, real), "um", {}, real);
    EXPECT_EQ(m.facts.at("WORD_BITS"), 64U) << kernel;
    EXPECT_EQ(m.facts.at("SIZEOF_PAGE") % 8, 0U) << kernel;
    EXPECT_FALSE(m.kconfig.contains("KPROBES")) << kernel;
    EXPECT_THAT(lacking(m), IsEmpty()) << kernel;
  }
}

/// Marks in a word of their own, bounce pools found by the caller, dma-iommu without dma_map_ops:
/// all that the harness does otherwise on newer trees.
TEST_F(KernelTest, NewerKernelFitsTheHarnessAndLacksNothing) {
  const auto m = extract_module(open_tree("debian:6.12", real), "x86_64", {}, real);
  EXPECT_EQ(m.version.patchlevel, 12);
  EXPECT_EQ(m.facts.at("SG_DMA_BUS_ADDRESS"), 1U);
  EXPECT_EQ(m.facts.at("SG_DMA_SWIOTLB"), 2U);
  for (const char* contract : {"__swiotlb_tbl_unmap_single", "iommu_dma_map_sg"}) {
    const auto* f = m.find(contract);
    ASSERT_NE(f, nullptr) << contract;
    EXPECT_TRUE(f->reachable) << contract;
  }
  EXPECT_THAT(lacking(m), ElementsAre("beyond_the_contract"));
}

TEST_F(KernelTest, SecondRunDoesNothing) {
  const auto first = module("x86_64");
  const auto begin = std::chrono::steady_clock::now();
  const auto second = module("x86_64");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_EQ(first.bitcode, second.bitcode);
  EXPECT_EQ(to_json(first), to_json(second));
}

TEST_F(KernelTest, ChangedFileChangesItsFunctionOnly) {
  const auto base = module("x86_64");
  const auto patch = edit(tree(), "kernel/dma/direct.c", "sg_dma_len(sg) = sg->length;",
                          "sg_dma_len(sg) = sg->length + 1;");
  std::vector<std::string> stages;
  real.progress = [&](const std::string& stage, double) { stages.push_back(stage); };
  const auto patched = module("x86_64", patch);
  for (const auto& stage : stages)
    EXPECT_FALSE(stage.starts_with("prepare") || stage.starts_with("configure")) << stage;
  EXPECT_NE(base.code_hash, patched.code_hash);
  ASSERT_EQ(base.functions.size(), patched.functions.size());
  for (const auto& f : base.functions)
    EXPECT_EQ(f.hash == patched.find(f.name)->hash, f.name != "dma_direct_map_sg") << f.name;
}

TEST_F(KernelTest, CommentsChangeNoCode) {
  const auto base = module("x86_64");
  const auto patched =
      module("x86_64", edit(tree(), "include/linux/scatterlist.h", "struct scatterlist {",
                            "/* a\n * b */\nstruct scatterlist {"));
  EXPECT_EQ(base.code_hash, patched.code_hash);
}

TEST_F(KernelTest, SourceThatDoesNotCompileIsNamed) {
  const auto patch = edit(tree(), "kernel/dma/direct.c", "sg_dma_len(sg) = sg->length;",
                          "sg_dma_len(sg) = no_such_name;");
  const auto error = error_of([&] { (void)module("x86_64", patch); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0130");
  EXPECT_EQ(error->kind(), ErrorKind::Input);
  EXPECT_EQ(error->stage(), "compile");
  EXPECT_EQ(error->file(), "kernel/dma/direct.c");
  EXPECT_GT(error->line(), 400);
  EXPECT_TRUE(std::filesystem::is_empty(kept.root() / "tmp"));
}

TEST_F(KernelTest, VanishedSymbolIsNamed) {
  const auto patch = edit(tree(), "drivers/pci/Kconfig", "depends on ZONE_DEVICE",
                          "depends on ZONE_DEVICE && BROKEN");
  const auto error = error_of([&] { (void)module("x86_64", patch); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0121");
  EXPECT_EQ(error->file(), "CONFIG_PCI_P2PDMA");
}

TEST_F(KernelTest, BrokenKconfigIsNamedWithItsLine) {
  const auto error = error_of([&] {
    (void)module("x86_64", edit(tree(), "kernel/dma/Kconfig", "config HAS_DMA", "konfig HAS_DMA"));
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0122");
  EXPECT_EQ(error->file(), "kernel/dma/Kconfig");
}

/// One page mapped for one device; every assumption of the harness holds.
sgp_scenario scenario() {
  sgp_scenario s{};
  s.magic = SGP_MAGIC_SCENARIO;
  s.id = 42;
  s.nents = 1;
  s.npages = 1;
  for (auto& device : s.world.devices) device.dma_mask = ~0ULL;
  for (auto& choice : s.world.choices) choice = ~0ULL;
  s.world.pages[0] = {0, 0x1234};
  s.nops = 3;
  s.ops[0].code = SGP_OP_INIT;
  s.ops[1].code = SGP_OP_SET_PAGE;
  s.ops[1].offset = 16;
  s.ops[1].length = 100;
  s.ops[2].code = SGP_OP_MAP_SG;
  s.ops[2].dir = 1;
  return s;
}

/// With a function named, most of a variant comes from what is compiled already; without, nothing.
TEST_F(KernelTest, VariantsAreTheSameWhicheverWayTheyAreCompiled) {
  const Tree base = tree();
  const auto variant = [&](const std::string& file, const std::string& function,
                           const std::string& from, const std::string& to) {
    auto text = read_file(base.path / file);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto parts = extract_variant(base, {{file, text}}, "x86_64", {}, real, function);
    const auto whole = extract_variant(base, {{file, text + "/* \n */\n"}}, "x86_64", {}, real);
    EXPECT_EQ(parts.code_hash, whole.code_hash) << file;
    const auto *f = parts.find(function), *g = whole.find(function);
    EXPECT_TRUE(f != nullptr && g != nullptr && f->line == g->line) << function;
    return parts.code_hash;
  };
  const auto original = module("x86_64").code_hash;
  EXPECT_NE(
      variant("kernel/dma/direct.c", "dma_direct_map_sg", "return nents;", "return nents + 1;"),
      original);
  EXPECT_NE(variant("kernel/dma/direct.h", "dma_direct_map_page", "is_pci_p2pdma_page(page)",
                    "!is_pci_p2pdma_page(page)"),
            original);
  EXPECT_NE(variant("include/linux/scatterlist.h", "sg_assign_page",
                    "sg->page_link & (SG_CHAIN | SG_END)", "sg->page_link & (SG_CHAIN)"),
            original);
  const auto direct = read_file(base.path / "kernel/dma/direct.c");
  EXPECT_EQ(testing::error_of([&] {
              (void)extract_variant(base, {{"kernel/dma/direct.c", direct + "int wrong(;\n"}},
                                    "x86_64", {}, real, "dma_direct_map_sg");
            })->file(),
            "kernel/dma/direct.c");
}

class NativeKernelTest : public KernelTest, public ::testing::WithParamInterface<const char*> {
 protected:
  sgp_report run(const sgp_scenario& in);
};

ProcessResult run_once(const NativeObject& native, const sgp_scenario& in) {
  Command command;
  command.argv = runner_argv(native);
  command.input.assign(reinterpret_cast<const char*>(&in), sizeof in);
  command.deadline = std::chrono::seconds(30);
  return run_process(command);
}

sgp_report NativeKernelTest::run(const sgp_scenario& in) {
  const auto native = build_native(module(GetParam()), real);
  const auto result = run_once(native, in_order(in, native.order));
  sgp_report out{};
  EXPECT_EQ(result.out.size(), sizeof out) << result.err;
  if (result.out.size() == sizeof out)
    std::copy(result.out.begin(), result.out.end(), reinterpret_cast<char*>(&out));
  out = in_order(out, native.order);
  EXPECT_EQ(out.id, 42U);
  return out;
}

/// One entry and an operation that puts `raw` into it as a page pointer.
sgp_scenario raw_assignment(std::uint64_t raw) {
  sgp_scenario in = scenario();
  in.nops = 2;
  in.ops[1] = {};
  in.ops[1].code = SGP_OP_ASSIGN_RAW;
  in.ops[1].raw = raw;
  return in;
}

TEST_P(NativeKernelTest, RunnerAssignsAPage) {
  sgp_scenario in = scenario();
  in.nops = 2;
  const sgp_report out = run(in);
  ASSERT_EQ(out.status, SGP_STATUS_COMPLETE);
  EXPECT_EQ(out.steps[1].entries[0].offset, 16U);
  EXPECT_EQ(out.steps[1].entries[0].length, 100U);
}

TEST_P(NativeKernelTest, RunnerReportsABugWithItsLine) {
  const sgp_report out = run(raw_assignment(0x1001));  // sg_assign_page() refuses an odd pointer
  EXPECT_EQ(out.status, SGP_STATUS_STOPPED);
  EXPECT_EQ(out.steps[1].done, 0U);
  ASSERT_EQ(out.nevents, 1U);
  EXPECT_EQ(out.events[0].kind, SGP_EV_BUG);
  EXPECT_EQ(out.events[0].step, 1U);
  std::istringstream lines(read_file(tree().path / "include/linux/scatterlist.h"));
  std::string line;
  for (sgp_u64 i = 0; i < out.events[0].a; ++i) std::getline(lines, line);
  EXPECT_NE(line.find("BUG_ON("), std::string::npos) << out.events[0].a << ": " << line;
}

TEST_P(NativeKernelTest, RunnerReportsAFault) {
  const auto patched = build_native(
      module(GetParam(), edit(tree(), "include/linux/scatterlist.h", "sg->offset = offset;",
                              "sg->offset = *(volatile unsigned int *)(unsigned long)0xf8;")),
      real);
  sgp_scenario in = scenario();
  in.nops = 2;
  const auto result = run_once(patched, in_order(in, patched.order));
  sgp_report out{};
  ASSERT_EQ(result.out.size(), sizeof out) << result.err;
  std::copy(result.out.begin(), result.out.end(), reinterpret_cast<char*>(&out));
  out = in_order(out, patched.order);
  EXPECT_EQ(out.status, SGP_STATUS_STOPPED);
  ASSERT_EQ(out.nevents, 1U);
  EXPECT_EQ(out.events[0].kind, SGP_EV_OOPS);
  EXPECT_EQ(out.events[0].step, 1U);
  EXPECT_EQ(out.events[0].a, 0xf8U);
}

TEST_P(NativeKernelTest, RunnerTakesNoScenarioOfTheOtherByteOrder) {
  const auto native = build_native(module(GetParam()), real);
  const auto other = native.order == std::endian::little ? std::endian::big : std::endian::little;
  const auto result = run_once(native, in_order(scenario(), other));
  EXPECT_TRUE(result.out.empty());
  EXPECT_EQ(result.exit_code, 2);
}

TEST_P(NativeKernelTest, RunnerMapsAPage) {
  const sgp_report out = run(scenario());
  if (GetParam() != std::string_view("x86_64")) {
    // no P2PDMA there: lists are not mapped, and nothing is claimed
    EXPECT_EQ(out.status, SGP_STATUS_NOT_REPLAYABLE);
    return;
  }
  ASSERT_EQ(out.status, SGP_STATUS_COMPLETE);
  EXPECT_EQ(out.steps[2].ret, 1U);
  EXPECT_EQ(out.steps[2].entries[0].dma_address, (0x1234ULL << 12) + 16);
  EXPECT_EQ(out.steps[2].entries[0].dma_length, 100U);
}

INSTANTIATE_TEST_SUITE_P(Configs, NativeKernelTest,
                         ::testing::Values("x86_64", "i386", "mips", "riscv64", "arm", "ppc32",
                                           "s390", "um", "riscv32"));

}  // namespace
}  // namespace sgproof::extract

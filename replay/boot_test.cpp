// Boots real kernels: Debian's 6.1 with replay's configurations. Needs QEMU and the source package;
// minutes when the kernels are not in the cache yet.
#include "replay/boot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <tuple>
#include <vector>

#include "kernel-extract/cache_dir.hpp"
#include "kernel-extract/series.hpp"
#include "kernel-extract/tree.hpp"
#include "model/error.hpp"
#include "replay/fitting.hpp"
#include "replay/kernel_image.hpp"
#include "replay/test_scenarios.hpp"

namespace sgproof::replay {
namespace {

using State = ScenarioResult::State;
using test::ScenarioBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kBusOffset = 0x10'0000'0000;

extract::CacheDir& cache() {
  static extract::CacheDir dir;
  return dir;
}

extract::Context context() {
  return {.cache = cache(),
          .cancel = {},
          .progress = [](const std::string& stage,
                         double seconds) { printf("  %-20s %7.2f s\n", stage.c_str(), seconds); },
          .jobs = 2};
}

const extract::Tree& base() {
  static const auto tree = extract::open_tree("debian:6.1", context());
  return tree;
}

KernelImage image(Arch arch) { return build_kernel(base(), make_arch(arch), context()); }

BootResult execute(Arch arch, std::vector<sgp_scenario> scenarios) {
  BootRequest request;
  request.image = image(arch);
  request.scenarios = std::move(scenarios);
  auto result = run_on_fitting_machines(request);
  EXPECT_EQ(result.outcome, Outcome::Ok) << result.explanation;
  for (const auto& boot : result.boots)
    printf("  booted in %.2f s, ended after %.2f s\n", boot.run.boot_seconds, boot.run.seconds);
  return result;
}

std::uint64_t map_ret(const ScenarioResult& result, std::size_t step) {
  return result.report.steps[step].ret;
}

TEST(Boot, RamIsMappedAtItsPhysicalAddress) {
  const auto result = execute(
      Arch::X86_64, {ScenarioBuilder(1, 2).ram(0x12345).ram(0x12346).map_and_unmap().scenario});
  const auto& s = result.scenarios.at(0);
  ASSERT_EQ(s.state, State::Reported);
  ASSERT_EQ(s.report.status, SGP_STATUS_COMPLETE);
  EXPECT_EQ(s.report.steps[3].entries[1].dma_address, s.report.pages[1].phys + 0x100);
  EXPECT_EQ(s.report.pages[1].phys, s.report.pages[0].phys + 0x1000)
      << "adjacent pages stay adjacent";
}

TEST(Boot, EveryMapTypeAndBusOffsetIsReached) {
  const auto negative = std::uint64_t{0} - 0x4000'0000;
  const auto result = execute(Arch::X86_64, {ScenarioBuilder(1, 3)
                                                 .provider(kBusOffset, true, false)
                                                 .provider(negative, true, false)
                                                 .bar(0, 5)
                                                 .ram(0x12346)
                                                 .bar(1, 7)
                                                 .map_and_unmap()
                                                 .scenario,
                                             ScenarioBuilder(2, 2)
                                                 .provider(kBusOffset, false, true)
                                                 .bar(0, 5)
                                                 .ram(0x12346)
                                                 .map_and_unmap()
                                                 .scenario,
                                             ScenarioBuilder(3, 2)
                                                 .forwards()
                                                 .provider(kBusOffset, false, true)
                                                 .bar(0, 5)
                                                 .ram(0x12346)
                                                 .map_and_unmap()
                                                 .scenario});
  const auto& bus = result.scenarios.at(0).report;
  for (const auto entry : {0, 2}) {
    const auto& provider = bus.world.providers[entry / 2];
    EXPECT_EQ(bus.steps[4].entries[entry].is_bus, 1U);
    EXPECT_EQ(bus.steps[4].entries[entry].dma_address,
              bus.pages[entry].phys + 0x100UL * entry + provider.bus_start - provider.cpu_start);
    EXPECT_EQ(bus.steps[5].entries[entry].is_bus, 0U);
  }
  EXPECT_EQ(bus.world.providers[0].bus_start - bus.world.providers[0].cpu_start, kBusOffset);
  EXPECT_EQ(bus.world.providers[1].bus_start - bus.world.providers[1].cpu_start, negative);
  EXPECT_EQ(static_cast<std::int64_t>(map_ret(result.scenarios.at(1), 3)), -121) << "-EREMOTEIO";
  const auto& bridge = result.scenarios.at(2).report;
  ASSERT_EQ(bridge.status, SGP_STATUS_COMPLETE);
  EXPECT_EQ(bridge.steps[3].ret, 0U);
  EXPECT_EQ(bridge.steps[3].entries[0].is_bus, 0U);
  EXPECT_EQ(bridge.steps[3].entries[0].dma_address, bridge.pages[0].phys);
}

/// `c` of SGP_EV_BYTES, as replay/runner/bounce_bytes.c has it.
constexpr std::uint64_t kToBuffer = 1, kToSlot = 2;

void expect_bytes(const sgp_event& event, std::uint64_t slot, std::uint64_t count,
                  std::uint64_t copied) {
  EXPECT_EQ(event.kind, SGP_EV_BYTES);
  EXPECT_EQ(event.a, slot);
  EXPECT_EQ(event.b, count);
  EXPECT_EQ(event.c, copied);
  EXPECT_EQ(event.d, 0U) << "from the first byte on";
}

TEST(Boot, BouncingIsForcedAndAFullPoolIsMade) {
  ScenarioBuilder forced(1, 1);
  forced.ram(0x12345).map_and_unmap().scenario.world.devices[0].force_bounce = 1;
  ScenarioBuilder high(2, 1);
  high.ram(0x212345).map_and_unmap();
  ScenarioBuilder full(3, 1);
  full.ram(0x212345).map_and_unmap().scenario.world.choices[0] = ~0ULL;
  const auto result = execute(Arch::X86_64, {forced.scenario, high.scenario, full.scenario});
  for (const auto i : {0, 1}) {
    const auto& report = result.scenarios.at(i).report;
    ASSERT_EQ(report.nevents, 6U);
    const auto* events = report.events;
    EXPECT_EQ(events[0].kind, SGP_EV_SWIOTLB_MAP);
    EXPECT_EQ(events[0].a, report.pages[0].phys);
    EXPECT_EQ(events[0].ret, report.steps[2].entries[0].dma_address);
    EXPECT_GE(events[0].ret, report.world.swiotlb_start);
    EXPECT_LT(events[0].ret, report.world.swiotlb_end);
    expect_bytes(events[1], events[0].ret, 0x1000, kToSlot);
    EXPECT_EQ(events[3].kind, SGP_EV_SWIOTLB_UNMAP) << "it has synchronised before";
    expect_bytes(events[4], events[0].ret, 0x1000, kToBuffer);
    expect_bytes(events[5], 0, 0, 0);
    EXPECT_EQ(events[5].ret, 0U) << "slots are given back";
  }
  EXPECT_GT(result.scenarios.at(1).report.pages[0].phys, 0xffffffffU);
  EXPECT_EQ(static_cast<std::int64_t>(map_ret(result.scenarios.at(2), 2)), -5) << "-EIO";
}

/// Bytes that real transfers got wrong, by direction (0: read by the device, 1: written by it).
struct Transfers {
  std::array<unsigned, 2> entries{};
  std::array<std::uint64_t, 2> wrong{};
  unsigned faults = 0, changes = 0;
};

Transfers transfers_of(const ScenarioResult& result) {
  Transfers all;
  EXPECT_EQ(result.report.status, static_cast<std::uint64_t>(SGP_STATUS_COMPLETE));
  for (std::uint64_t i = 0; i < result.report.nevents; ++i) {
    const auto& e = result.report.events[i];
    all.faults += e.kind == SGP_EV_IOMMU_FAULT ? 1 : 0;
    all.changes += e.kind == SGP_EV_MEMORY ? 1 : 0;
    if (e.kind != SGP_EV_TRANSFER) continue;
    ++all.entries.at(e.c);
    all.wrong.at(e.c) += e.ret;
  }
  return all;
}

/// One list for each way to memory: with and without an IOMMU, with and without a bus offset.
std::vector<sgp_scenario> transferring(std::uint64_t device) {
  std::vector<sgp_scenario> scenarios;
  for (const bool iommu : {false, true})
    for (const std::uint64_t bus : {std::uint64_t{0}, kBusOffset}) {
      ScenarioBuilder lists(scenarios.size() + 1, 3);
      lists.provider(bus, true, true).ram(0x12345).bar(0, 7).ram(0x212346).map_and_unmap(device);
      lists.scenario.world.real_dma = 1;
      lists.scenario.world.iommu = iommu ? 1 : 0;
      scenarios.push_back(lists.scenario);
    }
  return scenarios;
}

void expect_right_bytes(std::uint64_t device) {
  const auto scenarios = transferring(device);
  const auto result = execute(Arch::X86_64, scenarios);
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const auto seen = transfers_of(result.scenarios.at(i));
    const unsigned entries = i == 0 ? 3 : 2;  // bus addresses only where the machine decodes them
    EXPECT_EQ(seen.entries[0], entries) << "scenario " << i;
    EXPECT_EQ(seen.entries[1], entries) << "scenario " << i;
    EXPECT_EQ(seen.wrong[0], 0U) << "scenario " << i;
    EXPECT_EQ(seen.wrong[1], 0U) << "scenario " << i;
    EXPECT_EQ(seen.faults + seen.changes, 0U) << "scenario " << i;
  }
}

TEST(Boot, TheControllerFindsTheCallersBytesAndTheCpuItsOwn) { expect_right_bytes(0); }

TEST(Boot, SoDoesADeviceThatCopiesByItselfForAFewLists) { expect_right_bytes(1); }

TEST(Boot, BugOopsAndWarnBelongToTheirScenarioAndTheRestIsExecuted) {
  ScenarioBuilder bug(1, 1);
  bug.op(SGP_OP_INIT).op(SGP_OP_ASSIGN_RAW, 0, 0, 0, 0, 0x123);
  ScenarioBuilder oops(2, 1);
  oops.op(SGP_OP_INIT).op(SGP_OP_ASSIGN_RAW, 0, 0, 0, 0, 0xdead000000000010).op(SGP_OP_MAP_SGTABLE);
  ScenarioBuilder warn(3, 1);
  warn.ram(0x212345).map_and_unmap().scenario.world.devices[0].swiotlb_active = 0;
  const auto result =
      execute(Arch::X86_64, {bug.scenario, oops.scenario, warn.scenario, warn.scenario});
  const auto& stopped = result.scenarios.at(0);
  ASSERT_EQ(stopped.state, State::Stopped);
  EXPECT_EQ(stopped.report.steps[0].done, 1U);
  EXPECT_EQ(stopped.report.steps[1].done, 0U);
  ASSERT_EQ(stopped.diagnostics.size(), 1U);
  EXPECT_EQ(stopped.diagnostics[0].kind, SGP_EV_BUG);
  EXPECT_THAT(stopped.diagnostics[0].file, HasSubstr("include/linux/scatterlist.h"));
  EXPECT_EQ(result.scenarios.at(1).state, State::Stopped);
  EXPECT_EQ(result.scenarios.at(1).report.events[0].kind, SGP_EV_OOPS);
  EXPECT_FALSE(result.scenarios.at(2).tainted) << "what may stop comes last";
  EXPECT_TRUE(result.scenarios.at(1).tainted);
  for (const auto i : {2, 3}) {
    EXPECT_EQ(result.scenarios.at(i).report.status, SGP_STATUS_COMPLETE);
    EXPECT_EQ(result.scenarios.at(i).report.events[0].kind, SGP_EV_WARN)
        << "also the second WARN_ON_ONCE";
  }
}

/// What a table asked the allocator for and gave back, as the machine saw it: for each event
/// whether it is an allocation, whether of whole pages, and which chunk.
using ChunkEvents = std::vector<std::tuple<bool, bool, std::uint64_t>>;

ChunkEvents chunks_of(const sgp_report& report) {
  ChunkEvents out;
  for (std::uint64_t i = 0; i < report.nevents; ++i) {
    const auto& e = report.events[i];
    if (e.kind == SGP_EV_CHUNK_ALLOC || e.kind == SGP_EV_CHUNK_FREE)
      out.emplace_back(e.kind == SGP_EV_CHUNK_ALLOC, e.b != 0, e.ret);
  }
  return out;
}

void expect_chunks_are_seen(Arch arch) {
  ScenarioBuilder table(1, 1);
  table.op(SGP_OP_TABLE_ALLOC, 0, 0, 0, 200).op(SGP_OP_TABLE_FREE);  // a page holds fewer
  auto failing = table;
  failing.scenario.id = 2;
  failing.scenario.world.alloc_fails_at = 2;
  const auto result = execute(arch, {table.scenario, failing.scenario, table.scenario});
  for (const std::size_t i : {0, 2}) {
    const auto& report = result.scenarios.at(i).report;
    EXPECT_EQ(report.steps[0].ret, 0U);
    EXPECT_THAT(chunks_of(report),
                ElementsAre(std::tuple(true, true, 1U), std::tuple(true, false, 2U),
                            std::tuple(false, true, 1U), std::tuple(false, false, 2U)));
  }
  const auto& failed = result.scenarios.at(1).report;
  EXPECT_EQ(failed.steps[0].ret, static_cast<std::uint64_t>(-ENOMEM));
  EXPECT_THAT(chunks_of(failed),
              ElementsAre(std::tuple(true, true, 1U), std::tuple(true, false, 0U),
                          std::tuple(false, true, 1U)));
}

TEST(Boot, WhatATableAsksTheAllocatorForIsSeen) { expect_chunks_are_seen(Arch::X86_64); }

TEST(Boot, PanicCostsOneScenarioAndAnotherBootGoesOn) {
  ScenarioBuilder good(1, 1);
  good.ram(0x12345).map_and_unmap();
  ScenarioBuilder bug(2, 1);
  bug.op(SGP_OP_INIT).op(SGP_OP_ASSIGN_RAW, 0, 0, 0, 0, 0x123);
  BootRequest request;
  request.image = image(Arch::X86_64);
  request.cmdline_extras = {"oops=panic"};
  request.scenarios = {good.scenario, bug.scenario, good.scenario};
  const auto result = run(request);
  EXPECT_EQ(result.outcome, Outcome::Panic);
  EXPECT_THAT(result.explanation, HasSubstr("Kernel panic"));
  EXPECT_EQ(result.boots.size(), 2U);
  EXPECT_EQ(result.scenarios.at(0).state, State::Reported);
  EXPECT_EQ(result.scenarios.at(2).state, State::Reported);
  const auto& down = result.scenarios.at(1);
  ASSERT_EQ(down.state, State::Panicked);
  EXPECT_EQ(down.report.steps[0].done, 1U);
  EXPECT_EQ(down.report.steps[1].done, 0U);
  EXPECT_EQ(down.report.events[0].kind, SGP_EV_BUG);
}

TEST(Boot, KernelWithoutInitIsABootFailure) {
  BootRequest request;
  request.image = image(Arch::X86_64);
  request.cmdline_extras = {"rdinit=/no-such-program"};
  request.scenarios = {ScenarioBuilder(1, 1).ram(1).map_and_unmap().scenario};
  const auto result = run(request);
  EXPECT_EQ(result.outcome, Outcome::BootFailed);
  EXPECT_THAT(result.explanation, HasSubstr("Kernel panic"));
  EXPECT_EQ(result.scenarios.at(0).state, State::NotRun);
}

TEST(Boot, StructPageOfI386Is36Bytes) {
  ScenarioBuilder first(1, 1);
  first.ram(0x12344).op(SGP_OP_INIT).op(SGP_OP_SET_PAGE, 0, 0, 0, 0x1000);
  ScenarioBuilder second(2, 1);
  second.ram(0x12345).map_and_unmap();
  const auto result = execute(Arch::I386, {first.scenario, second.scenario});
  EXPECT_EQ(result.facts.word_bits, 32U);
  EXPECT_EQ(result.facts.page_struct_size, 36U);
  const auto a = result.scenarios.at(0).report.pages[0].pointer;
  const auto b = result.scenarios.at(1).report.pages[0].pointer;
  EXPECT_NE(a & 4, b & 4) << "the page frame number decides bit 2 of the page pointer";
  EXPECT_EQ(result.scenarios.at(1).report.steps[2].ret, 0U);
}

/// Assignments to one entry of a list: what needs no device.
sgp_scenario list(std::uint64_t id) {
  return ScenarioBuilder(id, 2)
      .ram(0x12345)
      .ram(0x12346)
      .op(SGP_OP_INIT)
      .op(SGP_OP_SET_PAGE, 0, 0, 0x10, 0x100)
      .op(SGP_OP_SET_PAGE, 1, 1, 0x20, 0x200)
      .op(SGP_OP_ASSIGN_PAGE, 0, 1)
      .scenario;
}

TEST(UmBoot, ListsAreExecutedByAProcess) {
  std::vector<sgp_scenario> scenarios;
  for (std::uint64_t i = 0; i < 3000; ++i) scenarios.push_back(list(i));
  const auto result = execute(Arch::Um, scenarios);
  EXPECT_EQ(result.facts.word_bits, 64U);
  EXPECT_EQ(result.boots.size(), 1U);
  for (std::uint64_t i = 0; i < scenarios.size(); ++i) {
    const auto& report = result.scenarios.at(i).report;
    ASSERT_EQ(report.id, i);
    ASSERT_EQ(report.status, static_cast<std::uint64_t>(SGP_STATUS_COMPLETE));
    ASSERT_EQ(report.steps[2].entries[0].page, report.pages[0].pointer);
    ASSERT_EQ(report.steps[3].entries[0].page, report.pages[1].pointer);
    ASSERT_EQ(report.steps[3].entries[0].offset, 0x10U);
    ASSERT_EQ(report.pages[1].phys, report.pages[0].phys + 0x1000);
  }
}

TEST(UmBoot, WhatATableAsksTheAllocatorForIsSeen) { expect_chunks_are_seen(Arch::Um); }

TEST(UmBoot, WhatNeedsADeviceIsRefused) {
  const auto result =
      execute(Arch::Um, {ScenarioBuilder(1, 1).ram(0x12345).map_and_unmap().scenario, list(3)});
  const auto& refused = result.scenarios.at(0).report;
  EXPECT_EQ(refused.status, static_cast<std::uint64_t>(SGP_STATUS_NOT_REPLAYABLE));
  EXPECT_EQ(refused.steps[0].ret, static_cast<std::uint64_t>(SGP_UNREPLAYABLE_DEVICE));
  EXPECT_EQ(result.scenarios.at(1).report.status, static_cast<std::uint64_t>(SGP_STATUS_COMPLETE));
}

TEST(UmBoot, ABugCostsABootAndNothingIsTainted) {
  ScenarioBuilder bug(1, 1);
  bug.op(SGP_OP_INIT).op(SGP_OP_ASSIGN_RAW, 0, 0, 0, 0, 0x123);
  BootRequest request;
  request.image = image(Arch::Um);
  request.scenarios = {list(0), bug.scenario, list(2), bug.scenario, list(4)};
  const auto result = run(request);
  EXPECT_EQ(result.outcome, Outcome::Ok) << result.explanation;
  EXPECT_EQ(result.boots.size(), 3U);
  for (const std::size_t i : {1U, 3U}) {
    const auto& down = result.scenarios.at(i);
    ASSERT_EQ(down.state, State::Stopped);
    EXPECT_EQ(down.report.status, static_cast<std::uint64_t>(SGP_STATUS_STOPPED));
    EXPECT_EQ(down.report.steps[0].done, 1U);
    EXPECT_EQ(down.report.steps[1].done, 0U);
    ASSERT_EQ(down.report.nevents, 1U);
    EXPECT_EQ(down.report.events[0].kind, static_cast<std::uint64_t>(SGP_EV_BUG));
    ASSERT_EQ(down.diagnostics.size(), 1U);
    EXPECT_THAT(down.diagnostics[0].file, HasSubstr("include/linux/scatterlist.h"));
    EXPECT_EQ(down.diagnostics[0].line, down.report.events[0].a);
  }
  for (const std::size_t i : {0U, 2U, 4U}) {
    EXPECT_EQ(result.scenarios.at(i).state, State::Reported);
    EXPECT_FALSE(result.scenarios.at(i).tainted);
  }
}

/// Processes with this word among their arguments.
unsigned processes_with(const std::string& word) {
  unsigned count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    const std::string arguments((std::istreambuf_iterator<char>(file)), {});
    count += arguments.find(word) != std::string::npos ? 1 : 0;
  }
  return count;
}

TEST(UmBoot, AMachineThatIsStoppedLeavesNoProcess) {
  const std::string mark = "mark-of-process-" + std::to_string(::getpid());
  BootRequest request;
  request.image = image(Arch::Um);
  request.scenarios = {list(1)};
  // a kernel that waits for ever
  request.cmdline_extras = {mark, "rdinit=/no-such-program", "root=/no-such-disk", "rootwait"};
  extract::CancelToken cancel;
  BootResult result;
  std::atomic<bool> ended = false;
  std::thread machine([&] {
    result = run(request, cancel);
    ended = true;
  });
  while (processes_with(mark) < 2 && !ended) std::this_thread::yield();  // sandbox and kernel
  cancel.cancel();
  machine.join();
  EXPECT_EQ(result.outcome, Outcome::Cancelled);
  // The sandbox's death is theirs; the test's own time limit ends this if it is not.
  while (processes_with(mark) != 0) std::this_thread::yield();
}

TEST(Boot, ManyScenariosInOneBoot) {
  std::vector<sgp_scenario> scenarios;
  for (std::uint64_t i = 0; i < 5000; ++i)
    scenarios.push_back(
        ScenarioBuilder(i, 2).ram(0x1000 + i).ram(0x212346).map_and_unmap().scenario);
  const auto result = execute(Arch::X86_64, std::move(scenarios));
  for (std::uint64_t i = 0; i < 5000; ++i) ASSERT_EQ(result.scenarios[i].report.id, i);
}

/// The base with a series of the corpus.
KernelImage patched(const std::string& series) {
  const auto spec = std::string(SGPROOF_CORPUS_DIR) + "/series/" + series;
  const auto tree = extract::apply_series(base(), extract::read_series(spec), context());
  const auto built = build_kernel(tree.tree, "x86_64", context());
  printf("  %s: %s %.1f s\n", series.c_str(), built.from_cache ? "cached" : "built in",
         built.seconds);
  return built;
}

sgp_report bus_segment_on(const KernelImage& kernel) {
  BootRequest request;
  request.image = kernel;
  request.scenarios = {ScenarioBuilder(1, 2)
                           .provider(kBusOffset, true, false)
                           .ram(0x12345)
                           .bar(0, 7)
                           .map_and_unmap()
                           .scenario};
  const auto result = run(request);
  EXPECT_EQ(result.outcome, Outcome::Ok) << result.explanation;
  const auto report = result.scenarios.at(0).report;
  EXPECT_EQ(report.status, static_cast<std::uint64_t>(SGP_STATUS_COMPLETE));
  return report;
}

TEST(PatchedBoot, OffsetAddedTwiceIsSeen) {
  const auto report = bus_segment_on(patched("d06-p2pdma-offset-twice"));
  const auto& provider = report.world.providers[0];
  EXPECT_EQ(report.steps[3].entries[1].dma_address,
            report.pages[1].phys + 2 * 0x100UL + provider.bus_start - provider.cpu_start);
}

TEST(PatchedBoot, MarkLeftByUnmapIsSeen) {
  const auto report = bus_segment_on(patched("d10-unmap-keeps-mark"));
  EXPECT_EQ(report.steps[3].entries[1].is_bus, 1U);
  EXPECT_EQ(report.steps[4].entries[1].is_bus, 1U);
}

TEST(PatchedBoot, RfcWithItsOwnAccessorsShowsItsDefects) {
  const auto report = bus_segment_on(patched("rfc-v2"));
  const auto& entry = report.steps[3].entries[1];
  EXPECT_EQ(entry.is_bus, 1U);
  EXPECT_EQ(entry.dma_address, report.pages[1].phys + 2 * 0x100UL - kBusOffset)
      << "offset twice, bus offset subtracted";
  EXPECT_EQ(report.steps[4].entries[1].is_bus, 1U) << "unmap keeps the mark";
}

TEST(PatchedBoot, TreeThatDoesNotCompileIsTheUsersError) {
  try {
    (void)patched("bad-does-not-compile");
    FAIL() << "it was built";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Input);
    EXPECT_EQ(error.id(), "SGP-E0502");
    EXPECT_FALSE(error.file().empty());
    EXPECT_GT(error.line(), 0);
  }
}

}  // namespace
}  // namespace sgproof::replay

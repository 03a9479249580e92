#include "properties/decoder.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "model/scenario.hpp"
#include "properties/byte_generator.hpp"
#include "properties/drawn.hpp"
#include "properties/legality.hpp"
#include "properties/random_family.hpp"
#include "properties/roles.hpp"
#include "properties/test_support.hpp"

namespace sgproof::properties {
namespace {

Buffer random_buffer(Random64& random) {
  Buffer buffer(random.below(kDecodedBytes + 100));
  for (auto& b : buffer) b = static_cast<std::uint8_t>(random());
  return buffer;
}

RC_GTEST_PROP(Decoder, EveryBufferIsALegalUse, (bool wide)) {
  const model::Facts facts = test_facts(wide);
  const sgp_scenario s = decode(*byte_buffer(), facts);
  const auto why = illegal_use(s, facts);
  if (why) RC_LOG() << *why;
  RC_ASSERT(!why);
  RC_ASSERT(s.nops >= 1U);
}

RC_GTEST_PROP(Decoder, TheSameBufferIsTheSameScenario, ()) {
  const Buffer buffer = *byte_buffer();
  const sgp_scenario a = decode(buffer, test_facts()), b = decode(buffer, test_facts());
  RC_ASSERT(!std::memcmp(&a, &b, sizeof(a)));
}

TEST(Decoder, NoBytesAreTheSmallestNeutralScenario) {
  const sgp_scenario s = decode({}, test_facts());
  EXPECT_EQ(s.nents, 1U);
  EXPECT_EQ(s.nops, 1U);
  EXPECT_EQ(s.ops[0].code, std::uint64_t{SGP_OP_INIT});
}

TEST(Decoder, ZerosMapAndUnmapNeutralRam) {
  const model::Facts facts = test_facts();
  const sgp_scenario s = decode(Buffer(kDecodedBytes, 0), facts);
  EXPECT_EQ(s.ops[1].code, std::uint64_t{SGP_OP_SET_PAGE});
  EXPECT_EQ(s.ops[2].code, std::uint64_t{SGP_OP_MAP_SGTABLE});
  EXPECT_EQ(s.ops[3].code, std::uint64_t{SGP_OP_UNMAP});
  EXPECT_EQ(non_neutral(facts, s), std::set<std::string>{});
}

TEST(Decoder, DrawsShortLists) {
  Random64 random(11);
  const model::Facts facts = test_facts();
  std::uint64_t entries = 0, operations = 0;
  for (int i = 0; i < 20000; ++i) {
    const sgp_scenario s = decode(random_buffer(random), facts);
    entries = std::max<std::uint64_t>(entries, s.nents);
    operations = std::max<std::uint64_t>(operations, s.nops);
  }
  EXPECT_EQ(entries, kDrawnNents);
  EXPECT_EQ(operations, kDrawnOps);
}

TEST(Decoder, BytesBeyondItsNeedAreIgnored) {
  Random64 random(3);
  Buffer buffer(kDecodedBytes);
  for (auto& b : buffer) b = static_cast<std::uint8_t>(random());
  const sgp_scenario a = decode(buffer, test_facts());
  buffer.resize(kDecodedBytes + 50, 0xff);
  const sgp_scenario b = decode(buffer, test_facts());
  EXPECT_FALSE(std::memcmp(&a, &b, sizeof(a)));
}

TEST(Decoder, NeverMapsWhereTheConfigurationDoesNot) {
  Random64 random(5);
  for (int i = 0; i < 2000; ++i) {
    const sgp_scenario s = decode(random_buffer(random), test_facts(false));
    EXPECT_EQ(s.nproviders, 0U);
    for (unsigned o = 0; o < s.nops; ++o)
      EXPECT_LT(s.ops[o].code, std::uint64_t{SGP_OP_MAP_SGTABLE});
  }
}

/// Facts of a 32-bit machine without peers and bounce buffers, that maps lists.
model::Facts facts_of_ram() {
  model::Facts facts = test_facts(false);
  facts.values["MAPS_LISTS"] = 1;
  facts.values["SIZEOF_PHYS_ADDR_T"] = 4;
  return facts;
}

TEST(Decoder, WithoutPeersItMapsRamThatIsNotInTheLastFrame) {
  const model::Facts facts = facts_of_ram();
  const std::uint64_t most = (1ULL << 32) - 0x1000;
  std::map<std::string, int> seen;
  Random64 random(7);
  for (int i = 0; i < 4000; ++i) {
    const sgp_scenario s = decode(random_buffer(random), facts);
    EXPECT_EQ(s.nproviders, 0U);
    EXPECT_EQ(illegal_use(s, facts), std::nullopt);
    for (const auto& dev : s.world.devices) EXPECT_EQ(dev.swiotlb_active | dev.force_bounce, 0U);
    for (unsigned o = 0; o < s.nops; ++o) {
      const sgp_op& op = s.ops[o];
      seen["map"] += op.code == SGP_OP_MAP_SG || op.code == SGP_OP_MAP_SGTABLE;
      if (op.code != SGP_OP_SET_PAGE) continue;
      const std::uint64_t end = (s.world.pages[op.page].pfn << 12) + op.offset + op.length;
      EXPECT_LE(end, most);
      seen["up to the last byte"] += end == most;
      for (const auto& dev : s.world.devices) {
        const std::uint64_t limit = dev.bus_dma_limit ? dev.bus_dma_limit : dev.dma_mask;
        seen["within reach"] += end - 1 <= limit;
        seen["out of reach"] += end - 1 > limit;
        seen["at the limit"] += end - 1 == limit;
      }
    }
  }
  for (const char* what :
       {"map", "up to the last byte", "within reach", "out of reach", "at the limit"})
    EXPECT_GE(seen[what], 20) << what;
}

/// What a scenario has that a test set must not lack.
class Features {
 public:
  std::map<std::string, int> seen;

  void look(const sgp_scenario& s) {
    note("four entries", s.nents == 4);
    note("two tables", s.split != 0);
    note("two providers", s.nproviders == 2);
    operations(s);
    pages(s);
    providers(s);
    for (const auto& dev : s.world.devices) {
      note("no PCI device", !dev.is_pci);
      note("forced bouncing", dev.force_bounce != 0);
      note("bus limit", dev.bus_dma_limit != 0);
      note("low address bits kept", dev.min_align != 0);
      for (const unsigned bits : {24U, 28U, 32U, 36U, 44U, 52U})
        note("mask of " + std::to_string(bits), dev.dma_mask == (1ULL << bits) - 1);
    }
    for (const auto choice : s.world.choices) note("pool full", choice == ~0ULL);
  }

 private:
  void note(const std::string& what, bool there) { seen[what] += there; }

  void operations(const sgp_scenario& s) {
    int maps = 0, devices = 0;
    for (unsigned i = 0; i < s.nops; ++i) {
      const sgp_op& op = s.ops[i];
      note("operation " + std::string(model::opcode_name(op.code)), true);
      if (op.code == SGP_OP_MAP_SG || op.code == SGP_OP_MAP_SGTABLE) {
        ++maps;
        devices |= 1 << op.device;
        note("direction " + std::to_string(op.dir), true);
        note("skips the sync", (op.attrs & 32) != 0);
      }
      if (op.code == SGP_OP_SYNC_PART_CPU) {
        note("a part from the start", op.offset == 0);
        note("a part from further on", op.offset != 0);
      }
      if (op.code == SGP_OP_ASSIGN_RAW) note("misaligned page pointer", (op.raw & 3) != 0);
      if (op.code == SGP_OP_CHAIN) note("misaligned chain pointer", (op.raw & 7) != 0);
      if (op.code != SGP_OP_SET_PAGE) continue;
      note("offset beyond the page", op.offset > 0x1000);
      note("offset 0xfff", op.offset == 0xfff);
      note("length 1", op.length == 1);
      note("length 0x10000", op.length == 0x10000);
      note("length near 2^32", op.length > 0xffffe000);
      note("up to the last byte of memory",
           (s.world.pages[op.page].pfn << 12) + op.offset + op.length == 1ULL << 52);
      const std::uint64_t end = (s.world.pages[op.page].pfn << 12) + op.offset + op.length;
      note("just within the limit", s.world.devices[0].bus_dma_limit == end - 1);
      note("just outside the limit", s.world.devices[0].bus_dma_limit == end - 2);
    }
    note("three maps", maps >= 3);
    note("both devices", devices == 3);
  }

  void pages(const sgp_scenario& s) {
    for (unsigned j = 1; j < s.npages; ++j) {
      const sgp_page &a = s.world.pages[j - 1], &b = s.world.pages[j];
      note("equal pages", a.pfn == b.pfn);
      note("adjacent pages", a.kind == b.kind && a.pfn + 1 == b.pfn);
      note("RAM next to a BAR", a.kind != b.kind && (a.pfn + 1 == b.pfn || b.pfn + 1 == a.pfn));
      note("two providers in one list", a.kind && b.kind && a.kind != b.kind);
    }
    note("first frame", s.world.pages[0].pfn == 0);
    note("last frame", s.world.pages[0].pfn == (1ULL << 40) - 1);
  }

  void providers(const sgp_scenario& s) {
    for (unsigned k = 0; k < s.nproviders; ++k) {
      const sgp_provider& p = s.world.providers[k];
      const auto offset = static_cast<std::int64_t>(p.bus_start - p.cpu_start);
      note("offset 0", offset == 0);
      note("positive offset", offset > 0);
      note("negative offset", offset < 0);
      note("high bus bits", p.bus_start >> 63);
      note("bus address 0", p.bus_start == 0);
      for (const auto type : p.cached_type) note("map type " + std::to_string(type), true);
      note("other switch", p.same_switch[0] != (k == 0));
      note("access control " + std::to_string(p.port_acs), true);
      note("redirected on one switch", p.port_acs > SGP_ACS_HARMLESS && p.cached_type[0] == 0);
      note("one page", p.size == 0x1000);
    }
    if (s.nproviders == 2) {
      const sgp_provider &a = s.world.providers[0], &b = s.world.providers[1];
      note("adjacent BARs",
           a.cpu_start + a.size == b.cpu_start || b.cpu_start + b.size == a.cpu_start);
    }
  }
};

TEST(Decoder, ReachesEveryFeatureOften) {
  Features features;
  Random64 random(11);
  constexpr int kCases = 20000;
  for (int i = 0; i < kCases; ++i) features.look(decode(random_buffer(random), test_facts()));
  EXPECT_GT(features.seen.size(), 50U);
  for (const auto& [what, times] : features.seen) EXPECT_GE(times, kCases / 1000) << what;
}

}  // namespace
}  // namespace sgproof::properties

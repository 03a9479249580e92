#include "properties/shrink.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "model/scenario.hpp"
#include "properties/byte_generator.hpp"
#include "properties/legality.hpp"
#include "properties/random_family.hpp"
#include "properties/roles.hpp"
#include "properties/test_support.hpp"

namespace sgproof::properties {
namespace {

/// Something that only some legal scenarios have.
struct Symptom {
  const char* name;
  bool (*shows)(const sgp_scenario&);
  std::uint64_t nops;           ///< of the smallest scenario that shows it
  std::set<std::string> roles;  ///< of that scenario
};

const sgp_op* last_map(const sgp_scenario& s) {
  for (std::uint64_t i = s.nops; i-- > 0;)
    if (s.ops[i].code == SGP_OP_MAP_SG || s.ops[i].code == SGP_OP_MAP_SGTABLE) return &s.ops[i];
  return nullptr;
}

/// Some set_page of memory of a provider whose bus offset is not 0, in a scenario that maps.
bool offset_used(const sgp_scenario& s) {
  for (unsigned i = 0; i < s.nops; ++i) {
    const sgp_op& op = s.ops[i];
    if (op.code != SGP_OP_SET_PAGE || !s.world.pages[op.page].kind) continue;
    const sgp_provider& p = s.world.providers[s.world.pages[op.page].kind - 1];
    if (p.bus_start != p.cpu_start && last_map(s)) return true;
  }
  return false;
}

bool long_segment(const sgp_scenario& s) {
  for (unsigned i = 0; i < s.nops; ++i)
    if (s.ops[i].code == SGP_OP_SET_PAGE && s.ops[i].length > 12345) return true;
  return false;
}

bool unaligned_pointer(const sgp_scenario& s) {
  for (unsigned i = 0; i < s.nops; ++i)
    if (s.ops[i].code == SGP_OP_ASSIGN_RAW && (s.ops[i].raw & 2)) return true;
  return false;
}

bool narrow_device(const sgp_scenario& s) {
  const sgp_op* map = last_map(s);
  return map && s.world.devices[map->device].dma_mask < 1ULL << 40;
}

bool two_maps_by_different_devices(const sgp_scenario& s) {
  unsigned devices = 0;
  for (unsigned i = 0; i < s.nops; ++i)
    if (s.ops[i].code == SGP_OP_MAP_SG || s.ops[i].code == SGP_OP_MAP_SGTABLE)
      devices |= 1U << s.ops[i].device;
  return devices == 3;
}

bool short_part(const sgp_scenario& s) {
  for (unsigned i = 0; i < s.nops; ++i)
    if (s.ops[i].code == SGP_OP_SYNC_PART_CPU && s.ops[i].length < 0x10) return true;
  return false;
}

class Shrink : public testing::TestWithParam<Symptom> {};

TEST_P(Shrink, KeepsTheSymptomAndEndsAtTheSmallestScenario) {
  const Symptom& symptom = GetParam();
  const model::Facts facts = test_facts();
  const auto violates = [&](const sgp_scenario& s) {
    return !illegal_use(s, facts) && symptom.shows(s);
  };
  Random64 random(17);
  int found = 0;
  for (int i = 0; i < 20000 && found < 15; ++i) {
    Buffer buffer(kDecodedBytes);
    for (auto& b : buffer) b = static_cast<std::uint8_t>(random());
    const sgp_scenario start = decode(buffer, facts);
    if (!violates(start)) continue;
    ++found;
    const Shrunk small = shrink(start, facts, violates);
    EXPECT_TRUE(small.local_minimum);
    EXPECT_TRUE(violates(small.smallest));
    EXPECT_EQ(small.smallest.nops, symptom.nops);
    EXPECT_EQ(small.smallest.nents, 1U);
    EXPECT_EQ(non_neutral(facts, small.smallest), symptom.roles);
    EXPECT_FALSE(smaller_scenarios(small.smallest, facts, violates));
    const Shrunk again = shrink(start, facts, violates);
    EXPECT_FALSE(std::memcmp(&again.smallest, &small.smallest, sizeof(sgp_scenario)));
  }
  EXPECT_EQ(found, 15);
}

INSTANTIATE_TEST_SUITE_P(
    Symptoms, Shrink,
    testing::Values(Symptom{"bus offset", offset_used, 3, {"bus offset", "page kind"}},
                    Symptom{"long segment", long_segment, 2, {"length"}},
                    Symptom{"unaligned pointer", unaligned_pointer, 2, {"page pointer"}},
                    Symptom{"narrow device", narrow_device, 3, {"DMA mask"}},
                    Symptom{"short part", short_part, 4, {"part length"}},
                    Symptom{"two devices", two_maps_by_different_devices, 5, {}}),
    [](const auto& symptom) {
      std::string name = symptom.param.name;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST(ShrinkNumbers, ReachTheThreshold) {
  const model::Facts facts = test_facts();
  sgp_scenario s = model::blank_scenario(facts, 1, 0, 1);
  model::add_op(s, SGP_OP_INIT);
  model::add_op(s, SGP_OP_SET_PAGE).offset = 0xdeadbeef;
  const Shrunk small = shrink(
      s, facts, [](const sgp_scenario& c) { return c.nops == 2 && c.ops[1].offset >= 77777; });
  EXPECT_EQ(small.smallest.ops[1].offset, 77777U);
  EXPECT_LT(small.tried, 2000U);
}

TEST(ShrinkLimits, StopWithoutAClaimToBeMinimal) {
  const model::Facts facts = test_facts();
  sgp_scenario s = model::blank_scenario(facts, 4, 0, 4);
  for (int i = 0; i < 10; ++i) model::add_op(s, SGP_OP_INIT);
  const auto always = [](const sgp_scenario&) { return true; };
  const Shrunk few = shrink(s, facts, always, 1);
  EXPECT_EQ(few.tried, 1U);
  EXPECT_FALSE(few.local_minimum);
  const Shrunk none = shrink(s, facts, always, 100, [] { return true; });
  EXPECT_EQ(none.tried, 0U);
  EXPECT_FALSE(none.local_minimum);
}

}  // namespace
}  // namespace sgproof::properties

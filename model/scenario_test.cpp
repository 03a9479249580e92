#include "model/scenario.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "model/error.hpp"
#include "model/families.hpp"

namespace sgproof::model {
namespace {

Facts facts() {
  Facts f;
  f.values["WORD_BITS"] = 64;
  return f;
}

std::uint64_t any_word() {
  const auto word = *rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>());
  return word >> *rc::gen::inRange(0, 64);  // every width, the top bit too
}

std::uint64_t below(std::uint64_t n) {
  return *rc::gen::resize(100, rc::gen::inRange<std::uint64_t>(0, n));
}

/// Any scenario that the format can hold: every word random within its bounds.
sgp_scenario any_scenario() {
  const auto nents = static_cast<unsigned>(1 + below(SGP_MAX_NENTS));
  const auto npages = static_cast<unsigned>(1 + below(SGP_MAX_PAGES));
  sgp_scenario s = blank_scenario(facts(), nents, static_cast<unsigned>(below(3)), npages);
  s.id = any_word();
  s.split = below(nents);
  for (auto& device : s.world.devices) device.dma_mask = any_word(), device.port_acs = below(5);
  for (auto& device : s.world.devices) device.noncoherent = below(2);
  for (auto& p : s.world.providers)
    p.bus_start = any_word(), p.size = any_word(), p.port_acs = below(5);
  s.world.two_host_bridges = below(2);
  for (auto& bridge : s.world.host_bridge) bridge = below(SGP_HOST_BRIDGE_LAST + 1);
  for (unsigned j = 0; j < npages; ++j) s.world.pages[j].pfn = any_word();
  for (unsigned i = 0; i < nents; ++i) s.world.prior[i].dma_address = any_word();
  s.world.choices[below(SGP_MAX_CHOICES)] = ~0ULL;
  if (below(2) != 0) s.world.bounce_slots[below(SGP_MAX_BOUNCED)] = any_word();
  for (std::uint64_t n = below(SGP_MAX_OPS + 1); s.nops < n;) {
    sgp_op& op = add_op(s, static_cast<sgp_opcode>(below(SGP_OP_COUNT)));
    op.entry = below(nents);
    op.page = below(npages);
    op.device = below(SGP_MAX_DEVICES);
    op.offset = any_word();
    op.length = any_word();
    op.raw = any_word();
  }
  return s;
}

RC_GTEST_PROP(ScenarioJson, ReadsBackWhatItWrote, ()) {
  const sgp_scenario s = any_scenario();
  const auto text = to_json(s).dump();
  const sgp_scenario back = scenario_from_json(nlohmann::json::parse(text));
  RC_ASSERT(!std::memcmp(&s, &back, sizeof(s)));
}

RC_GTEST_PROP(ScenarioJson, HasADescriptionForEveryOperation, ()) {
  const sgp_scenario s = any_scenario();
  RC_ASSERT(describe(s).size() >= s.nops);
}

TEST(ScenarioJson, OldTracesHaveCoherentDevicesAndAnySlots) {
  sgp_scenario s = blank_scenario(facts(), 1, 0, 1);
  s.world.devices[1].noncoherent = 1;
  s.world.bounce_slots[2] = 0x8000000;
  auto json = to_json(s);
  EXPECT_EQ(json["world"]["devices"][1]["noncoherent"], 1);
  EXPECT_FALSE(json["world"]["devices"][0].contains("noncoherent"));
  EXPECT_EQ(json["world"]["bounce_slots"][2], "0x8000000");
  json["world"]["devices"][1].erase("noncoherent");
  json["world"].erase("bounce_slots");
  const auto old = scenario_from_json(json);
  EXPECT_EQ(old.world.devices[1].noncoherent, 0U);
  EXPECT_EQ(old.world.bounce_slots[2], 0U);
}

/// The identifier and the text of the error; empty if it was read.
std::string refused(const nlohmann::json& json) {
  try {
    scenario_from_json(json);
    return {};
  } catch (const Error& e) {
    return e.id() + " " + e.what();
  }
}

class Refuse : public testing::Test {
 protected:
  void SetUp() override {
    sgp_scenario s = blank_scenario(facts(), 2, 1, 2);
    add_op(s, SGP_OP_INIT);
    json_ = to_json(s);
    ASSERT_EQ(refused(json_), "");
  }
  nlohmann::json json_;
};

TEST_F(Refuse, UnknownKeysByTheirPointer) {
  json_["world"]["devices"][1]["colour"] = 1;
  EXPECT_NE(refused(json_).find("SGP-E0205 /world/devices/1/colour"), std::string::npos);
  json_["world"]["devices"][1].erase("colour");
  json_["extra"] = 1;
  EXPECT_NE(refused(json_).find("/extra"), std::string::npos);
}

TEST_F(Refuse, MissingKeysByTheirPointer) {
  json_["ops"][0].erase("dir");
  EXPECT_NE(refused(json_).find("SGP-E0205 /ops/0/dir"), std::string::npos);
}

TEST_F(Refuse, ValuesOutOfRange) {
  for (const auto& [key, value] :
       {std::pair{"nents", 5}, {"nents", 0}, {"split", 2}, {"npages", 9}, {"nproviders", 3}}) {
    auto broken = json_;
    broken[key] = value;
    EXPECT_NE(refused(broken), "") << key << value;
  }
  for (const nlohmann::json& value :
       {nlohmann::json(-1), nlohmann::json("12"), nlohmann::json("0x"),
        nlohmann::json("0x10000000000000000"), nlohmann::json(1.5), nlohmann::json(nullptr),
        nlohmann::json("0x12zz")}) {
    auto broken = json_;
    broken["ops"][0]["offset"] = value;
    EXPECT_NE(refused(broken), "") << value;
  }
}

TEST_F(Refuse, AContractOfProofsAlone) {
  json_["world"]["iommu"] = std::uint64_t{SGP_IOMMU_TABLES};
  EXPECT_EQ(refused(json_), "");
  json_["world"]["iommu"] = std::uint64_t{SGP_IOMMU_CALLS};
  EXPECT_NE(refused(json_).find("/world/iommu"), std::string::npos);
}

TEST(Families, DevicesThatDoNotSeeTheCachesAreThereWhereTheKernelMaintainsThem) {
  auto with = facts();
  with.values["DMA_TO_DEVICE"] = 1;
  with.values["SIZEOF_DMA_ADDR_T"] = 8;
  with.kconfig = {{"PCI_P2PDMA", "y"}, {"IOMMU_DMA", "y"}};
  const auto open_coherence = [&] {
    unsigned n = 0;
    for (const Family& family : families(with, 2))
      n += std::ranges::any_of(family.inputs,
                               [](const Input& input) { return input.role == "coherence"; });
    return n;
  };
  EXPECT_EQ(open_coherence(), 0U);
  EXPECT_TRUE(cache_families(with).empty());
  with.kconfig["ARCH_HAS_SYNC_DMA_FOR_DEVICE"] = "y";
  EXPECT_GT(open_coherence(), 5U);
  EXPECT_EQ(cache_families(with).size(), 1U);
}

TEST(Families, ThoseBehindAnIommuNeedDmaIommuAndHavePageTables) {
  auto with = facts();
  with.values["DMA_TO_DEVICE"] = 1;
  with.kconfig = {{"PCI_P2PDMA", "y"}};
  EXPECT_TRUE(translated_families(with, 3).empty());
  with.kconfig["IOMMU_DMA"] = "y";
  with.values["SIZEOF_DMA_ADDR_T"] = 8;
  const auto all = translated_families(with, 3);
  for (const Family& family : all) EXPECT_EQ(family.shape.world.iommu, SGP_IOMMU_TABLES);
  const auto called = [&](const char* name) {
    const auto it = std::ranges::find(all, name, &Family::name);
    if (it == all.end()) throw std::out_of_range(name);
    return *it;
  };
  EXPECT_EQ(called("iommu-1").nents, 1U);
  EXPECT_EQ(called("iommu-1-used").nents, 1U);
  EXPECT_EQ(called("iommu-2").nents, 2U);
  EXPECT_EQ(called("iommu-3").nents, 3U);
  const auto has = [&](const char* family, const std::string& role) {
    return std::ranges::any_of(called(family).inputs,
                               [&](const Input& i) { return i.role == role; });
  };
  EXPECT_FALSE(has("iommu-1", "earlier contents"));
  EXPECT_TRUE(has("iommu-1-used", "earlier contents") && has("iommu-2", "earlier contents"));
  EXPECT_TRUE(has("iommu-1-used", "IOMMU driver does a part"));
}

TEST(Families, LongerListsBehindAnIommuAreThereIfTheyAreAskedFor) {
  auto with = facts();
  with.values["DMA_TO_DEVICE"] = 1;
  with.values["SIZEOF_DMA_ADDR_T"] = 8;
  with.kconfig = {{"PCI_P2PDMA", "y"}, {"IOMMU_DMA", "y"}};
  const auto names = [&](unsigned max_nents) {
    std::vector<std::string> all;
    for (const Family& family : translated_families(with, max_nents)) all.push_back(family.name);
    return all;
  };
  const auto usual = names(3);
  auto more = names(4);
  for (const auto& name : usual) EXPECT_EQ(std::erase(more, name), 1U) << name;
  EXPECT_EQ(more, (std::vector<std::string>{"iommu-4", "iommu-3-boundary", "iommu-reuse-2"}));
}

TEST(Families, ADeviceCanHaveASegmentBoundaryThatItsSegmentsFitIn) {
  auto with = facts();
  with.values["DMA_TO_DEVICE"] = 1;
  with.values["SIZEOF_DMA_ADDR_T"] = 8;
  with.kconfig = {{"PCI_P2PDMA", "y"}, {"IOMMU_DMA", "y"}};
  const auto all = translated_families(with, 3);
  const auto it = std::ranges::find(all, "iommu-2-boundary", &Family::name);
  ASSERT_NE(it, all.end());
  EXPECT_EQ(it->nents, 2U);
  EXPECT_EQ(it->shape.world.devices[0].segment_boundary, 0xffffU);
  const auto longest = std::ranges::find(it->inputs, "longest segment", &Input::role);
  ASSERT_NE(longest, it->inputs.end());
  EXPECT_EQ(longest->max, 0x10000U);
  EXPECT_EQ(std::ranges::count(it->inputs, "segment boundary", &Input::role), 0);
}

TEST(Families, AListBehindAnIommuIsMappedAgainByTheSameDeviceOrAnother) {
  auto with = facts();
  with.values["DMA_TO_DEVICE"] = 1;
  with.values["SIZEOF_DMA_ADDR_T"] = 8;
  with.kconfig = {{"PCI_P2PDMA", "y"}, {"IOMMU_DMA", "y"}};
  const auto all = translated_families(with, 3);
  for (const auto& [name, device] :
       {std::pair{"iommu-reuse", 0U}, {"iommu-reuse-other-device", 1U}}) {
    const auto it = std::ranges::find(all, name, &Family::name);
    ASSERT_NE(it, all.end());
    const sgp_scenario& s = it->shape;
    std::vector<unsigned> maps;
    for (unsigned i = 0; i < s.nops; ++i)
      if (s.ops[i].code == SGP_OP_MAP_SGTABLE) maps.push_back(i);
    ASSERT_EQ(maps.size(), 2U);
    EXPECT_EQ(s.ops[maps[1]].device, device);
    EXPECT_EQ(s.ops[s.nops - 1].code, SGP_OP_UNMAP);
    EXPECT_EQ(s.ops[s.nops - 1].device, device);
    unsigned directions = 0, shared = 0;
    std::uint64_t failing = 0;
    for (const Input& input : it->inputs) {
      directions += input.role == "direction" && input.tied_to < 0 ? 1 : 0;
      shared += input.role == "one domain" ? 1 : 0;
      if (input.role == "no IOVA") failing = input.max;
    }
    EXPECT_EQ(directions, 2U) << "each mapping has a direction of its own";
    EXPECT_EQ(shared, device);
    EXPECT_GT(failing, maps[1]) << "either call can fail";
  }
}

TEST(Families, RangesOfTheIommuCoreAreProvedByInduction) {
  auto with = facts();
  with.kconfig = {{"PCI_P2PDMA", "y"}};
  EXPECT_TRUE(iommu_pieces_families(with).empty());
  with.kconfig["IOMMU_DMA"] = "y";
  const auto all = iommu_pieces_families(with);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].by_induction);
  EXPECT_FALSE(all[0].any_length);
}

TEST(Families, WindowsAreThoseOfDevicesBehindAnIommu) {
  auto with = facts();
  with.kconfig = {{"PCI_P2PDMA", "y"}};
  EXPECT_TRUE(iova_window_families(with).empty());
  with.kconfig["IOMMU_DMA"] = "y";
  for (const Family& family : iova_window_families(with)) {
    const sgp_op& last = family.shape.ops[family.shape.nops - 1];
    EXPECT_EQ(last.code, std::uint64_t{SGP_OP_IOVA_SETUP});
    EXPECT_EQ(family.shape.ops[1].code, std::uint64_t{SGP_OP_IOVA_WINDOW});
  }
}

std::set<std::string> names_of(const std::vector<Family>& all) {
  std::set<std::string> names;
  for (const Family& family : all) names.insert(family.name);
  return names;
}

TEST(Families, WithoutPeersListsOfRamAreMapped) {
  auto with = facts();
  with.values["DMA_TO_DEVICE"] = 1;
  with.values["WORD_BITS"] = 32;
  with.values["SIZEOF_DMA_ADDR_T"] = 4;
  for (const Family& family : families(with, 3)) EXPECT_EQ(family.name.substr(0, 4), "enc-");
  with.values["MAPS_LISTS"] = 1;
  const auto all = families(with, 3);
  const auto names = names_of(all);
  for (const char* name : {"map-1", "map-2", "map-3", "map-chained-2", "map-count-1", "reuse",
                           "reuse-other-device", "reuse-2", "reuse-other-device-2", "sync-reuse-2",
                           "sync-1", "sync-3", "sync-part", "sync-reuse"})
    EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_FALSE(names.contains("map-topology"));
  EXPECT_FALSE(names.contains("enc-assign-marked"));
  const auto opens = [&](const std::string& role) {
    return std::ranges::any_of(all, [&](const Family& family) {
      return std::ranges::any_of(family.inputs, [&](const Input& i) { return i.role == role; });
    });
  };
  for (const Family& family : all) EXPECT_EQ(family.shape.nproviders, 0U) << family.name;
  EXPECT_TRUE(opens("DMA mask") && opens("page frame") && opens("earlier contents"));
  EXPECT_FALSE(opens("bounce pool") || opens("pool address") || opens("bounce slot"));
  with.kconfig["SWIOTLB"] = "y";
  EXPECT_EQ(names_of(families(with, 3)), names);
  const auto bounced = families(with, 3);
  const auto one = std::ranges::find(bounced, "map-1", &Family::name);
  ASSERT_NE(one, bounced.end());
  EXPECT_TRUE(
      std::ranges::any_of(one->inputs, [](const Input& i) { return i.role == "bounce pool"; }));
}

Facts with_peers() {
  auto with = facts();
  with.values["SIZEOF_DMA_ADDR_T"] = 8;
  with.values["DMA_TO_DEVICE"] = 1;
  with.kconfig = {{"PCI_P2PDMA", "y"}, {"SWIOTLB", "y"}};
  return with;
}

/// Everything that is proved takes its time: that longer lists can be asked for adds nothing to it.
TEST(Families, OfUpToThreeEntriesAreTheseOnly) {
  const std::set<std::string> expected = {"enc-raw",       "enc-assign",  "enc-assign-marked",
                                          "enc-marks",     "enc-phys",    "enc-chain",
                                          "map-1",         "map-count-1", "map-topology",
                                          "reuse",         "sync-1",      "reuse-other-device",
                                          "sync-part",     "sync-reuse",  "map-2",
                                          "map-chained-2", "reuse-2",     "reuse-other-device-2",
                                          "sync-reuse-2",  "sync-2",      "map-3",
                                          "sync-3"};
  const auto all = families(with_peers(), 3);
  EXPECT_EQ(names_of(all), expected);
  EXPECT_EQ(all.size(), expected.size());
}

TEST(Families, ListsAreAsLongAsAScenarioCanHold) {
  const auto with = with_peers();
  const auto few = names_of(families(with, 3));
  const auto all = families(with, SGP_MAX_NENTS);
  auto names = names_of(all);
  EXPECT_EQ(names.size(), all.size());
  for (const auto& name : few) EXPECT_EQ(names.erase(name), 1U) << name;
  EXPECT_EQ(names.size(), 2U * (SGP_MAX_NENTS - 3)) << "a list is mapped, and synchronised";
  for (const Family& family : all) {
    if (few.contains(family.name)) continue;
    const sgp_scenario& s = family.shape;
    EXPECT_EQ(s.nents, family.nents) << family.name;
    std::set<std::uint64_t> assigned, pages;
    for (std::uint64_t i = 0; i < s.nops; ++i) {
      EXPECT_LT(s.ops[i].entry, s.nents) << family.name;
      EXPECT_LT(s.ops[i].page, s.npages) << family.name;
      if (s.ops[i].code != SGP_OP_SET_PAGE) continue;
      assigned.insert(s.ops[i].entry);
      pages.insert(s.ops[i].page);
    }
    EXPECT_EQ(assigned.size(), s.nents) << family.name;
    EXPECT_EQ(pages.size(), s.nents) << family.name << ": any entry can have any page";
    EXPECT_LE(s.nops, std::uint64_t{SGP_MAX_OPS}) << family.name;
    EXPECT_LE(s.npages, std::uint64_t{SGP_MAX_PAGES}) << family.name;
    std::set<std::size_t> words;
    for (const Input& input : family.inputs) {
      EXPECT_LT(input.word, sizeof(sgp_scenario) / sizeof(std::uint64_t)) << input.name;
      EXPECT_TRUE(words.insert(input.word).second) << family.name << " " << input.name;
    }
  }
}

TEST(Families, ThoseOfTablesAreOfEveryConfiguration) {
  auto with = facts();
  with.values["SG_MAX_SINGLE_ALLOC"] = 128;
  with.values["SIZEOF_PAGE"] = 36;
  with.values["WORD_BITS"] = 32;
  const auto small = table_families(with);
  for (const Family& family : small) EXPECT_EQ(family.shape.nproviders, 0U) << family.name;
  EXPECT_FALSE(names_of(small).contains("table-split-1")) << "known to be wrong";
  with.kconfig = {{"PCI_P2PDMA", "y"}, {"NEED_SG_DMA_LENGTH", "y"}};
  with.values["WORD_BITS"] = 64;
  with.values["SIZEOF_PAGE"] = 64;
  const auto all = table_families(with);
  EXPECT_EQ(all.size(), small.size() + 2);
  EXPECT_EQ(names_of(all).size(), all.size());
  for (const Family& family : all) {
    EXPECT_EQ(family.name.substr(0, 6), "table-");
    EXPECT_EQ(family.shape.world.alloc_fails_at, 0U);
    EXPECT_LE(family.shape.nops, std::uint64_t{SGP_MAX_OPS});
  }
}

TEST(Families, WhereUnmappingIsNoCodeListsAlsoStayMapped) {
  auto with = facts();
  with.values["SIZEOF_DMA_ADDR_T"] = 8;
  with.values["DMA_TO_DEVICE"] = 1;
  with.kconfig = {{"PCI_P2PDMA", "y"}};
  const auto all = families(with, 2);
  const auto find = [&](const char* name) { return std::ranges::find(all, name, &Family::name); };
  const auto unmapped = find("map-2"), stays = find("map-2-kept");
  ASSERT_NE(stays, all.end());
  EXPECT_EQ(stays->shape.nops, unmapped->shape.nops - 1);
  EXPECT_EQ(stays->shape.ops[stays->shape.nops - 1].code, SGP_OP_MAP_SGTABLE);
  const auto* words = reinterpret_cast<const std::uint64_t*>(&stays->shape);
  const auto behind = static_cast<std::size_t>(
      reinterpret_cast<const std::uint64_t*>(&stays->shape.ops[stays->shape.nops]) - words);
  EXPECT_LT(stays->inputs.size(), unmapped->inputs.size());
  for (const Input& input : stays->inputs) EXPECT_LT(input.word, behind) << input.name;
  with.kconfig["SWIOTLB"] = "y";
  for (const Family& family : families(with, 2))
    EXPECT_FALSE(family.name.ends_with("-kept")) << family.name;
}

TEST(Families, OneCallHasMorePagesThanTwoWhereAPageHasAnOddSize) {
  auto with = facts();
  with.values["SG_MAX_SINGLE_ALLOC"] = 128;
  with.values["SIZEOF_PAGE"] = 56;
  with.kconfig = {{"PCI_P2PDMA", "y"}};
  const auto pages = [&](const char* name) {
    const auto all = table_families(with);
    return std::ranges::find(all, name, &Family::name)->shape.npages;
  };
  EXPECT_EQ(pages("table-append-1"), 4U);
  EXPECT_EQ(pages("table-append-2"), 2U);
  with.values["SIZEOF_PAGE"] = 64;
  EXPECT_EQ(pages("table-append-2"), 4U);
  with.values["SIZEOF_PAGE"] = 36;
  with.values["WORD_BITS"] = 32;
  EXPECT_EQ(pages("table-append-1"), 2U);
}

TEST(Families, ATableIsLinkedWhereItsFirstChunkIsFull) {
  auto with = facts();
  with.values["SG_MAX_SINGLE_ALLOC"] = 128;
  with.values["SIZEOF_PAGE"] = 64;
  with.kconfig = {{"PCI_P2PDMA", "y"}};
  const auto all = table_families(with);
  const auto linked = std::ranges::find(all, "table-append-linked", &Family::name);
  ASSERT_NE(linked, all.end());
  EXPECT_EQ(linked->shape.ops[0].raw, 127U);
  EXPECT_GT(linked->loop_bound, 130U) << "its loops go through all entries";
}

TEST(Families, ThoseOfBounceBuffersNeedAPool) {
  auto with = facts();
  with.values["DMA_TO_DEVICE"] = 1;
  with.kconfig = {{"PCI_P2PDMA", "y"}, {"64BIT", "y"}};
  EXPECT_TRUE(bounce_families(with).empty());
  with.kconfig = {{"SWIOTLB", "y"}};
  const auto all = bounce_families(with);
  EXPECT_FALSE(all.empty());
  for (const Family& family : all) {
    EXPECT_EQ(family.name.substr(0, 7), "bounce-");
    EXPECT_EQ(family.shape.ops[0].code, SGP_OP_BOUNCE_POOL) << family.name;
    const sgp_world& w = family.shape.world;
    EXPECT_EQ(w.swiotlb_end - w.swiotlb_start, SGP_BOUNCE_SLOTS * SGP_BOUNCE_SLOT);
    EXPECT_LE(family.shape.nops, std::uint64_t{SGP_MAX_OPS});
  }
}

TEST_F(Refuse, UnknownOperationsAndSchemas) {
  auto broken = json_;
  broken["ops"][0]["code"] = "explode";
  EXPECT_NE(refused(broken), "");
  broken = json_;
  broken["schema"] = "sgproof-trace/2";
  EXPECT_NE(refused(broken), "");
  EXPECT_NE(refused(nlohmann::json::array()), "");
}

TEST(Opcodes, HaveDistinctNamesThatReadBack) {
  for (unsigned code = 0; code < SGP_OP_COUNT; ++code)
    EXPECT_EQ(opcode_of(opcode_name(code)), static_cast<sgp_opcode>(code));
  EXPECT_THROW(opcode_name(SGP_OP_COUNT), Error);
}

TEST(AddOp, RefusesMoreThanTheFormatHolds) {
  sgp_scenario s = blank_scenario(facts(), 1, 0, 1);
  for (int i = 0; i < SGP_MAX_OPS; ++i) add_op(s, SGP_OP_NOP);
  EXPECT_THROW(add_op(s, SGP_OP_NOP), Error);
}

}  // namespace
}  // namespace sgproof::model

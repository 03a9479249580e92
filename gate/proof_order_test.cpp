// Which families are not asked about, because of what others have shown.
#include "gate/proof_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace sgproof::gate {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

model::Family family(const std::string& name, unsigned nents, sgp_opcode code = SGP_OP_SET_PAGE) {
  model::Family f{name, name, nents, {}, {}};
  f.shape.nops = 1;
  f.shape.ops[0].code = code;
  return f;
}

model::Family mapped(const std::string& name, unsigned nents = 1) {
  return family(name, nents, SGP_OP_MAP_SGTABLE);
}

model::Family translated(const std::string& name, unsigned nents) {
  auto f = mapped(name, nents);
  f.shape.world.iommu = SGP_IOMMU_CALLS;
  return f;
}

model::Family of_any_length(const std::string& name) {
  auto f = mapped(name);
  f.any_length = true;
  return f;
}

/// A prover that refutes a claim of the families that it is told to, and proves it of all others.
class ProofsInOrder : public ::testing::Test {
 protected:
  std::vector<FamilyOutcome> prove(const std::vector<model::Family>& families) {
    order_.prove = [this](FamilyOutcome& out, const smt::KnownSets& known,
                          const extract::CancelToken& token) {
      {
        const std::scoped_lock lock(mutex_);
        asked_.push_back(out.family.name);
        known_[out.family.name] = known;
      }
      if (waits_ == out.family.name) wait_for(token);
      out.result.family = out.family.name;
      auto& claim = out.result.claims[{"MAP-1", "address", "dma_map_sgtable"}];
      claim.outcome = smt::Outcome::Proved;
      if (!wrong_.contains(out.family.name)) return;
      claim.outcome = smt::Outcome::Refuted;
      claim.counterexamples.resize(1);
      claim.counterexamples[0].roles = {out.family.name};
    };
    return prove_in_order(families, order_);
  }

  /// The families of these that are not asked about, and why.
  std::map<std::string, NotAsked> left_out(const std::vector<model::Family>& families) {
    std::map<std::string, NotAsked> out;
    for (const auto& f : prove(families)) {
      const auto why = not_asked(f.result);
      if (why) out.emplace(f.family.name, *why);
      EXPECT_EQ(f.result.family, f.family.name);
      EXPECT_EQ(f.result.claims.empty(), why.has_value()) << f.family.name;
    }
    return out;
  }

  /// Until the proof is stopped, or the family that it waits for is asked about.
  void wait_for(const extract::CancelToken& token) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!token.cancelled() && !was_asked(until_) && std::chrono::steady_clock::now() < limit)
      std::this_thread::yield();
    token.check("prove");
  }

  bool was_asked(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    return std::ranges::find(asked_, name) != asked_.end();
  }

  std::set<std::string> wrong_;
  std::string waits_, until_;  ///< families
  ProofOrder order_{{}, true, 1, {}};
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::map<std::string, smt::KnownSets> known_;
};

const std::vector<model::Family> kTranslated = {translated("iommu-1", 1), translated("iommu-2", 2),
                                                translated("iommu-1-used", 1), mapped("map-2", 2)};

TEST_F(ProofsInOrder, AllAreAskedAboutWhereNothingIsWrong) {
  order_.has_peers = false;
  auto all = kTranslated;
  all.push_back(family("enc-set", 1));
  all.push_back(mapped("map-1"));
  all.push_back(translated("iommu-3", 3));
  all.push_back(of_any_length("any-map"));
  EXPECT_THAT(left_out(all), ElementsAre());
  EXPECT_EQ(asked_.size(), all.size());
}

TEST_F(ProofsInOrder, OneEntryBehindAnIommuThatGoesWrongSparesTheOthersThere) {
  wrong_ = {"iommu-1"};
  EXPECT_THAT(left_out(kTranslated),
              UnorderedElementsAre(Pair("iommu-2", NotAsked::TranslatedWrong),
                                   Pair("iommu-1-used", NotAsked::TranslatedWrong)));
  wrong_ = {"map-1"};
  auto all = kTranslated;
  all.push_back(mapped("map-1"));
  EXPECT_THAT(left_out(all), ElementsAre()) << "without an IOMMU it is another code";
}

TEST_F(ProofsInOrder, WhatMapsNoListIsAskedAboutAllTheSame) {
  wrong_ = {"iommu-1"};
  auto windows = translated("iova-windows-1", 1);
  windows.shape.ops[0].code = SGP_OP_IOVA_SETUP;
  EXPECT_THAT(left_out({translated("iommu-1", 1), windows}), ElementsAre());
}

TEST_F(ProofsInOrder, ThreeEntriesAreNotAskedAboutWhereTwoGoWrong) {
  wrong_ = {"iommu-2"};
  // the last of these is tried first
  const std::vector<model::Family> all = {translated("iommu-3", 3), translated("iommu-2", 2),
                                          mapped("map-3", 3)};
  EXPECT_THAT(left_out(all), ElementsAre(Pair("iommu-3", NotAsked::PairWrong)));
  EXPECT_THAT(asked_, ElementsAre("iommu-2", "map-3"));
}

TEST_F(ProofsInOrder, AProofOfThreeEntriesIsStoppedWhenTwoGoWrong) {
  wrong_ = {"iommu-2"};
  waits_ = "iommu-3";
  order_.jobs = 2;
  EXPECT_THAT(left_out({translated("iommu-2", 2), translated("iommu-3", 3), mapped("map-3", 3)}),
              ElementsAre(Pair("iommu-3", NotAsked::PairWrong)));
}

TEST_F(ProofsInOrder, TwoEntriesWithoutAnIommuSayNothingOfThreeBehindOne) {
  wrong_ = {"map-2"};
  waits_ = "iommu-3";
  until_ = "sync-2";  // asked about by who has been told that map-2 goes wrong
  order_.jobs = 2;
  EXPECT_THAT(left_out({translated("iommu-3", 3), mapped("sync-2", 2), mapped("map-2", 2)}),
              ElementsAre());
}

TEST_F(ProofsInOrder, ListsOfAnyLengthAreNotAskedAboutWhereOneEntryGoesWrong) {
  for (const char* name : {"map-1", "sync-1"}) {
    wrong_ = {name};
    EXPECT_THAT(left_out({mapped(name), of_any_length("any-map"), mapped("map-2", 2)}),
                ElementsAre(Pair("any-map", NotAsked::DirectWrong)));
  }
  wrong_ = {"iommu-1"};
  EXPECT_THAT(left_out({translated("iommu-1", 1), of_any_length("any-map")}), ElementsAre())
      << "they are mapped directly";
}

TEST_F(ProofsInOrder, WithoutPeerMemoryNothingIsMappedBehindAWrongEncoding) {
  wrong_ = {"enc-set"};
  const std::vector<model::Family> all = {mapped("map-1"), family("enc-set", 1), mapped("map-2", 2),
                                          family("table-append", 2)};
  EXPECT_THAT(left_out(all), ElementsAre()) << "there is peer memory";
  order_.has_peers = false;
  EXPECT_THAT(left_out(all), ElementsAre(Pair("map-1", NotAsked::EncodingWrong),
                                         Pair("map-2", NotAsked::EncodingWrong)));
}

TEST_F(ProofsInOrder, WhatSmallFamiliesViolateIsKnownToLargeOnes) {
  wrong_ = {"map-1", "iommu-1"};
  (void)prove({mapped("map-1"), translated("iommu-1", 1), mapped("map-2", 2)});
  EXPECT_THAT(known_["map-1"], ElementsAre());
  const std::set<std::string> roles = {"map-1"};
  EXPECT_THAT(known_["map-2"], ElementsAre(Pair(Pair("MAP-1", "address"), ElementsAre(roles)),
                                           Pair(Pair("MAP-10", "bus-address"), ElementsAre(roles))))
      << "and what only restates it; not what goes wrong behind an IOMMU";
}

TEST_F(ProofsInOrder, AProofThatCouldNotBeMadeIsNotOneThatWasNotAskedFor) {
  order_.prove = [](FamilyOutcome&, const smt::KnownSets&, const extract::CancelToken&) {
    throw std::runtime_error("the prover died");
  };
  const auto all = prove_in_order({translated("iommu-3", 3)}, order_);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].result.problems, ElementsAre("the prover died"));
  EXPECT_FALSE(not_asked(all[0].result));
}

TEST_F(ProofsInOrder, WhatIsStoppedByTheUserIsNotAPairThatGoesWrong) {
  order_.cancel.cancel();
  for (const auto& f : prove({family("enc-set", 1), translated("iommu-3", 3)}))
    EXPECT_THAT(f.result.problems, ElementsAre("stopped before it was tried"));
  EXPECT_THAT(asked_, ElementsAre());
}

}  // namespace
}  // namespace sgproof::gate

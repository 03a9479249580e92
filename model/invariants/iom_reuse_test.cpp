// A list behind an IOMMU that is used twice, by two devices in turn: what the second use may not
// owe to the first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/invariants/hand_made.hpp"
#include "model/invariants/iom.hpp"
#include "model/invariants/iom_any.hpp"

namespace sgproof::model {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr std::uint64_t kIova = 0xfffe0000, kPage = 0x1000, kFirst = 0x5000, kSecond = 0x9000;
constexpr unsigned kMap = 2, kSync = 3, kUnmap = 4, kAgain = 6, kLast = 7;

/// One page of RAM that is mapped, synchronised and unmapped by device 0, then another by device 1,
/// which gets the address of the first; each device has a domain of its own.
class Reused : public testing::Test {
 protected:
  void SetUp() override {
    made_.facts.values["EREMOTEIO"] = 121;
    made_.facts.values["ENOMEM"] = 12;
    made_.facts.values["EIO"] = 5;
    auto& s = made_.scenario = blank_scenario(made_.facts, 1, 0, 2);
    s.world.iommu = 1;
    s.world.iommu_granule = kPage;
    s.world.pages[0].pfn = kFirst / kPage;
    s.world.pages[1].pfn = kSecond / kPage;
    add_op(s, SGP_OP_INIT);
    add_op(s, SGP_OP_SET_PAGE, 0, 0);
    for (const auto code : {SGP_OP_MAP_SGTABLE, SGP_OP_SYNC_CPU, SGP_OP_UNMAP})
      add_op(s, code).dir = 1;
    add_op(s, SGP_OP_SET_PAGE, 0, 1);
    for (const auto code : {SGP_OP_MAP_SGTABLE, SGP_OP_UNMAP}) {
      auto& op = add_op(s, code);
      op.dir = op.device = 1;
    }
    for (const unsigned step : {kMap, kSync})
      event(SGP_EV_TRANSLATES, step, kIova, kFirst, kPage, 0, 0);
    for (const unsigned map : {kMap, kAgain}) used(map, map == kMap ? kUnmap : kLast);
    event(SGP_EV_TRANSLATES, kAgain, kIova, kSecond, kPage, 0, 0);
  }

  /// What is seen of one use.
  void used(unsigned map, unsigned unmap) {
    event(SGP_EV_IOVA_ALLOC, map, kPage, 0xffffffff, 0, 0, kIova);
    event(SGP_EV_IOMMU_MAP, map, kIova, map == kMap ? kFirst : kSecond, kPage, 1, kPage);
    event(SGP_EV_IOMMU_UNMAP, unmap, kIova, kPage, 0, 0, kPage);
    event(SGP_EV_IOMMU_FLUSH, unmap, 0, 0, 0, 0, 0);
    event(SGP_EV_IOVA_FREE, unmap, kIova, kPage, 0, 0, 0);
  }

  void event(sgp_event_kind kind, unsigned step, std::uint64_t a, std::uint64_t b, std::uint64_t c,
             std::uint64_t d, std::uint64_t ret) {
    made_.events.push_back({.kind = static_cast<std::uint64_t>(kind),
                            .step = step,
                            .a = a,
                            .b = b,
                            .c = c,
                            .d = d,
                            .ret = ret});
  }

  sgp_event& at(sgp_event_kind kind, unsigned step) {
    return *std::ranges::find_if(made_.events, [&](const sgp_event& e) {
      return e.kind == static_cast<std::uint64_t>(kind) && e.step == step;
    });
  }

  /// All that step `s` did fails to be seen.
  void forget(unsigned step) {
    std::erase_if(made_.events, [&](const sgp_event& e) { return e.step == step; });
  }

  [[nodiscard]] sgp_report report() const {
    sgp_report r = made_.report();
    for (unsigned i = 0; i < r.nops; ++i) r.steps[i].entries[0].length = kPage;
    for (const unsigned map : {kMap, kAgain}) {
      auto& step = r.steps[map];
      step.ret = map == kMap ? first_ret_ : second_ret_;
      if (step.ret != 0) continue;
      step.out_nents = 1;
      step.entries[0].dma_address = kIova;
      step.entries[0].dma_length = kPage;
    }
    return r;
  }

  /// As executions are judged.
  [[nodiscard]] std::set<std::string> violated() const {
    return made_.clauses([](const auto& t, auto& judge) { iom(t, judge); }, report(), true);
  }

  /// As proofs say it, of some bytes.
  [[nodiscard]] std::set<std::string> in_proofs(bool violated = true) const {
    std::set<std::string> all;
    for (const std::uint64_t byte : {std::uint64_t{0}, std::uint64_t{0x80}, kIova, kIova + 0x80}) {
      const auto ask = [&](Trace<ConcreteDomain> t, Judge<ConcreteDomain>& judge) {
        t.any = ConcreteDomain::Word(byte);
        iom_any(t, judge);
      };
      all.merge(made_.clauses(ask, report(), violated));
    }
    return all;
  }

  HandMade made_;
  std::uint64_t first_ret_ = 0, second_ret_ = 0;
};

TEST_F(Reused, TheSameAddressAgainIsRight) {
  EXPECT_THAT(violated(), IsEmpty());
  EXPECT_THAT(in_proofs(), IsEmpty());
}

TEST_F(Reused, ASyncKeepsWhereTheListLeads) {
  EXPECT_THAT(in_proofs(false), Contains("IOM-2 kept-by-sync 3"));
  event(SGP_EV_IOMMU_UNMAP, kSync, kIova, kPage, 0, 0, kPage);
  std::ranges::stable_sort(made_.events, {}, &sgp_event::step);
  EXPECT_THAT(in_proofs(), ElementsAre("IOM-2 kept-by-sync 3"));
  at(SGP_EV_TRANSLATES, kSync).c = 0;
  EXPECT_THAT(violated(), ElementsAre("IOM-2 kept-by-sync 3"));
}

TEST_F(Reused, ARangeThatASyncGaveBackIsNotGivenBackAgain) {
  event(SGP_EV_IOVA_FREE, kSync, kIova, kPage, 0, 0, 0);
  std::ranges::stable_sort(made_.events, {}, &sgp_event::step);
  EXPECT_THAT(violated(), ElementsAre("IOM-4 as-taken 4"));
  EXPECT_THAT(in_proofs(), ElementsAre("IOM-4 as-taken 4"));
}

TEST_F(Reused, WhatAnotherDomainLeadsToIsNoUseToADevice) {
  // the first list stays mapped, and the second is not: only one domain would make it right
  std::erase_if(made_.events, [](const sgp_event& e) {
    return e.kind == SGP_EV_IOMMU_UNMAP || (e.kind == SGP_EV_IOMMU_MAP && e.step == kAgain);
  });
  at(SGP_EV_IOMMU_MAP, kMap).b = kSecond;
  EXPECT_THAT(in_proofs(), Contains("IOM-2 bytes 6"));
  made_.scenario.world.iommu_one_group = 1;
  EXPECT_THAT(in_proofs(), Not(Contains("IOM-2 bytes 6")));
}

TEST_F(Reused, ARangeIsGivenBackInItsDomain) {
  // the first range is given back by the second device, in whose domain it was not taken
  forget(kUnmap);
  made_.scenario.ops[kUnmap].code = SGP_OP_NOP;
  std::erase_if(made_.events,
                [](const sgp_event& e) { return e.kind == SGP_EV_IOVA_ALLOC && e.step == kAgain; });
  EXPECT_THAT(violated(), Contains("IOM-4 as-taken 7"));
  EXPECT_THAT(in_proofs(), Contains("IOM-4 as-taken 7"));
  made_.scenario.world.iommu_one_group = 1;
  EXPECT_THAT(in_proofs(), Not(Contains("IOM-4 as-taken 7")));
}

TEST_F(Reused, TheDriverIsCalledForTheDomainOfTheDevice) {
  at(SGP_EV_IOMMU_UNMAP, kLast).d = SGP_IOMMU_OTHER_DOMAIN;
  EXPECT_THAT(violated(), ElementsAre("IOM-7 own-domain 7"));
  EXPECT_THAT(in_proofs(), ElementsAre("IOM-7 own-domain 7", "IOM-8 gone 7"));
  at(SGP_EV_IOMMU_UNMAP, kLast).d = 0;
  at(SGP_EV_IOMMU_MAP, kAgain).d |= SGP_IOMMU_OTHER_DOMAIN;
  EXPECT_THAT(violated(), ElementsAre("IOM-7 own-domain 6"));
  EXPECT_THAT(in_proofs(), IsSupersetOf({"IOM-2 bytes 6", "IOM-7 own-domain 6"}));
}

TEST_F(Reused, ACallThatFailedIsTriedAgain) {
  EXPECT_THAT(in_proofs(false), Not(Contains("IOM-9 tried-again 6")));
  forget(kMap);
  forget(kSync);
  forget(kUnmap);
  first_ret_ = 0 - std::uint64_t{12};
  made_.events.insert(
      made_.events.begin(),
      {.kind = SGP_EV_IOVA_ALLOC, .step = kMap, .a = kPage, .b = ~0U, .c = 0, .d = 0, .ret = 0});
  EXPECT_THAT(violated(), IsEmpty());
  EXPECT_THAT(in_proofs(), IsEmpty());
  EXPECT_THAT(in_proofs(false), Contains("IOM-9 tried-again 6"));
  forget(kAgain);
  forget(kLast);
  second_ret_ = first_ret_;
  EXPECT_THAT(violated(), IsSupersetOf({"IOM-9 tried-again 6", "MAP-11 succeeds 6"}));
  EXPECT_THAT(in_proofs(), IsSupersetOf({"IOM-9 tried-again 6", "MAP-11 succeeds 6"}));
}

}  // namespace
}  // namespace sgproof::model

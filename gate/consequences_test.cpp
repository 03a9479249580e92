#include "gate/consequences.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sgproof::gate {
namespace {

using ::testing::ElementsAre;

FindingCase finding(const std::string& invariant, ReplayStatus replay,
                    Reexecution how = Reexecution::Violates) {
  FindingCase c;
  c.finding.id = c.finding.invariant = invariant;
  c.finding.clause = "clause";
  c.finding.config = "x86_64";
  c.finding.status = FindingStatus::New;
  c.finding.replay = replay;
  c.finding.reexecution = how;
  return c;
}

std::vector<std::string> kept(std::vector<FindingCase> all) {
  const auto before = all.size();
  const auto taken = take_consequences(all);
  EXPECT_EQ(taken.size() + all.size(), before);
  std::vector<std::string> ids;
  for (const auto& c : all) ids.push_back(c.finding.id);
  return ids;
}

TEST(Consequences, WhatFollowsFromAConfirmedFindingOnItsOwnInputIsTakenOut) {
  auto first = finding("MAP-1", ReplayStatus::Confirmed);
  auto later = finding("SWT-5", ReplayStatus::NotReplayable);
  EXPECT_THAT(kept({first, later}), ElementsAre("MAP-1", "SWT-5")) << "of its own";
  later.after = {"MAP-1", "clause"};
  EXPECT_THAT(kept({first, later}), ElementsAre("MAP-1"));
  later.after = {"MAP-1", "another"};
  EXPECT_THAT(kept({first, later}), ElementsAre("MAP-1", "SWT-5"));
}

TEST(Consequences, WhatTheBootedKernelShowsOrContradictsStays) {
  auto first = finding("MAP-1", ReplayStatus::Confirmed);
  for (const auto replay : {ReplayStatus::Confirmed, ReplayStatus::Refuted, ReplayStatus::NotRun}) {
    auto later = finding("SWT-5", replay);
    later.after = {"MAP-1", "clause"};
    EXPECT_THAT(kept({first, later}), ElementsAre("MAP-1", "SWT-5"));
  }
}

TEST(Consequences, OnlyANewConfirmedFindingOfTheConfigurationExplainsAnything) {
  auto later = finding("SWT-5", ReplayStatus::NotReplayable);
  later.after = {"MAP-1", "clause"};
  for (const auto spoil : {+[](Finding& f) { f.replay = ReplayStatus::NotReplayable; },
                           +[](Finding& f) { f.status = FindingStatus::Preexisting; },
                           +[](Finding& f) { f.config = "i386"; }}) {
    auto first = finding("MAP-1", ReplayStatus::Confirmed);
    spoil(first.finding);
    EXPECT_THAT(kept({first, later}), ElementsAre("MAP-1", "SWT-5"));
  }
  EXPECT_THAT(kept({later}), ElementsAre("SWT-5"));
}

TEST(Consequences, WhatNoExecutionShowsIsTakenOutBesideWhatOneShows) {
  const auto solver = finding("REF-1", ReplayStatus::NotReplayable, Reexecution::Holds);
  EXPECT_THAT(kept({solver}), ElementsAre("REF-1")) << "nothing else says that there is a defect";
  EXPECT_THAT(kept({finding("ENC-1", ReplayStatus::Confirmed), solver}), ElementsAre("ENC-1"));
  EXPECT_THAT(kept({finding("ENC-1", ReplayStatus::Confirmed, Reexecution::Holds), solver}),
              ElementsAre("ENC-1", "REF-1"));
  EXPECT_THAT(kept({finding("MAP-1", ReplayStatus::Confirmed), solver}),
              ElementsAre("MAP-1", "REF-1"))
      << "where pages are has nothing to do with it";
}

}  // namespace
}  // namespace sgproof::gate

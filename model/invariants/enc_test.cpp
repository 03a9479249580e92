// ENC-8: what sg_phys() says of segments.
#include "model/invariants/enc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/invariants/hand_made.hpp"

namespace sgproof::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What is violated where sg_phys() says `phys` of a segment at `offset` from frame `pfn`.
std::set<std::string> violated(std::uint64_t pfn, std::uint64_t offset, std::uint64_t phys) {
  HandMade made;
  sgp_scenario& s = made.scenario;
  s = blank_scenario(made.facts, 1, 0, 1);
  s.world.pages[0] = {.kind = 0, .pfn = pfn};
  add_op(s, SGP_OP_INIT);
  add_op(s, SGP_OP_SET_PAGE).offset = offset;
  add_op(s, SGP_OP_PHYS);
  sgp_report r = made.report();
  r.steps[2].ret = phys;
  return made.clauses([](const auto& t, auto& j) { enc8(t, j); }, r, true);
}

TEST(PhysicalAddress, IsThatOfThePageAndTheOffset) {
  EXPECT_THAT(violated(5, 0x10, 0x5010), IsEmpty());
  EXPECT_THAT(violated(5, 0x10, 0x5000), ElementsAre("ENC-8 phys 2"));
  EXPECT_THAT(violated(5, 0x1000, 0x6000), IsEmpty());
  EXPECT_THAT(violated(5, 0x1000, 0x5000), ElementsAre("ENC-8 phys 2")) << "an or, not a sum";
}

TEST(PhysicalAddress, Above4GiBIsNotCutOff) {
  EXPECT_THAT(violated(0x100000, 8, 0x100000008), IsEmpty());
  EXPECT_THAT(violated(0x100000, 8, 8), ElementsAre("ENC-8 phys 2"));
}

}  // namespace
}  // namespace sgproof::model

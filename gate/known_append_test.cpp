// Tables that are extended behind a page above 4 GiB: what that explains with 32-bit words, and
// what it does not.
#include <gtest/gtest.h>

#include <string>

#include "gate/known_testing.hpp"

namespace sgproof::gate {
namespace {

constexpr const char* kId = "append-behind-page-above-4g";
constexpr unsigned kFirst = 0, kSecond = 1, kWalk = 2;

/// The table of the corpus: a page above 4 GiB, and then one below.
class KnownAppend : public known_defect::DefectTest {
 protected:
  KnownAppend() : DefectTest(kId) { facts_.values["WORD_BITS"] = 32; }

  [[nodiscard]] std::string explained(const std::string& invariant = "LST-4",
                                      const std::string& clause = "bytes") const {
    return DefectTest::explained({invariant, clause, ""}, kWalk);
  }
};

TEST_F(KnownAppend, ExplainsTheBytesWhereTheKernelHasIt) {
  EXPECT_EQ(explained(), kId);
  EXPECT_EQ(explained("LST-6", "pages"), kId);
  EXPECT_EQ(explained("LST-4", "max-segment"), "");
  facts_.values["WORD_BITS"] = 64;
  EXPECT_EQ(explained(), "") << "a word holds every address";
  facts_.values["WORD_BITS"] = 32;
  facts_.values["LINUX_VERSION_CODE"] = 0x60200;
  EXPECT_EQ(explained(), "") << "it was repaired";
}

TEST_F(KnownAppend, IsNoExcuseForOtherFrames) {
  const auto frame = s_.world.pages[1].pfn;
  s_.world.pages[1].pfn = frame + 1;
  EXPECT_EQ(explained(), "");
  s_.world.pages[1].pfn = s_.world.pages[0].pfn + 1;
  EXPECT_EQ(explained(), "") << "it is the next one";
  s_.world.pages[0].pfn = frame - 1;
  s_.world.pages[1].pfn = frame;
  EXPECT_EQ(explained(), "") << "all are below 4 GiB";
}

TEST_F(KnownAppend, IsNoExcuseWithinOneCall) {
  s_.ops[kFirst].attrs = SGP_PAGES_APART;
  s_.ops[kFirst].raw = 2;
  s_.ops[kSecond].code = SGP_OP_NOP;
  EXPECT_EQ(explained(), "");
}

TEST_F(KnownAppend, CountsFromTheLastPageOfTheCallBefore) {
  constexpr std::uint64_t kDistance = 3, kPages = 5;
  s_.ops[kFirst].attrs = kDistance;
  s_.ops[kFirst].raw = kPages;
  EXPECT_EQ(explained(), "");
  s_.world.pages[1].pfn += kDistance * (kPages - 1);
  EXPECT_EQ(explained(), kId);
  s_.npages = 3;
  s_.world.pages[2] = s_.world.pages[1];
  s_.ops[kFirst].attrs = SGP_PAGES_APART;
  s_.ops[kFirst].raw = 2;
  s_.ops[kSecond].page = 2;
  s_.world.pages[1].pfn = 0x100000 + s_.world.pages[2].pfn - 1;
  EXPECT_EQ(explained(), kId) << "pages apart";
}

TEST_F(KnownAppend, IsNoExcuseForATableThatIsMadeAnew) {
  s_.nops = 4;
  s_.ops[3] = s_.ops[kWalk];
  s_.ops[kWalk] = s_.ops[kSecond];
  s_.ops[kSecond].code = SGP_OP_TABLE_FREE;
  EXPECT_EQ(explained(), "");
}

}  // namespace
}  // namespace sgproof::gate

#include "replay/record.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "replay/mailbox.hpp"
#include "replay/test_scenarios.hpp"

namespace sgproof::replay {
namespace {

constexpr std::uint64_t kNonce = 0x1234;

sgp_scenario scenario() { return test::ScenarioBuilder(7, 1).ram(1).map_and_unmap().scenario; }

std::vector<std::byte> bytes_of(const sgp_record& record) {
  std::vector<std::byte> out(sizeof(record));
  std::memcpy(out.data(), &record, sizeof(record));
  return out;
}

void seal(sgp_record& record) { record.seal = seal_of(record); }

sgp_record complete() {
  sgp_record record{};
  const auto s = scenario();
  record.magic = SGP_RECORD_MAGIC;
  record.nonce = kNonce;
  record.index = 3;
  record.state = SGP_RECORD_COMPLETE;
  record.report.magic = SGP_MAGIC_REPORT;
  record.report.id = s.id;
  record.report.nents = s.nents;
  record.report.nops = s.nops;
  record.report.status = SGP_STATUS_COMPLETE;
  record.report.steps[0].done = 1;
  record.step_seal[0] = seal_of(std::as_bytes(std::span(&record.report.steps[0], 1)));
  record.report.nevents = 2;
  record.report.events[1].kind = SGP_EV_WARN;
  record.ndiags = 1;
  record.diags[0].kind = SGP_EV_WARN;
  seal(record);
  return record;
}

RecordState state_of(const sgp_record& record) {
  return parse_record(bytes_of(record), 3, kNonce, scenario()).state;
}

/// The values of XXH64's specification.
TEST(Record, SealIsXxh64) {
  const char text[] = "abc";
  EXPECT_EQ(seal_of(std::as_bytes(std::span(text, 0))), 0xef46db3751d8e999U);
  EXPECT_EQ(seal_of(std::as_bytes(std::span(text, 3))), 0x44bc2cf5ad770999U);
}

TEST(Record, SoundOneIsComplete) { EXPECT_EQ(state_of(complete()), RecordState::Complete); }

TEST(Record, UntouchedMemoryIsAbsent) { EXPECT_EQ(state_of({}), RecordState::Absent); }

TEST(Record, EveryFlippedBitIsSeen) {
  const auto good = bytes_of(complete());
  for (std::size_t bit = 0; bit < good.size() * 8; bit += 61) {
    auto bad = good;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_NE(parse_record(bad, 3, kNonce, scenario()).state, RecordState::Complete) << bit;
  }
}

TEST(Record, WrongPlaceBootOrScenarioIsDamaged) {
  const auto bytes = bytes_of(complete());
  EXPECT_EQ(parse_record(bytes, 4, kNonce, scenario()).state, RecordState::Damaged);
  EXPECT_EQ(parse_record(bytes, 3, kNonce + 1, scenario()).state, RecordState::Damaged);
  auto other = scenario();
  other.id = 8;
  EXPECT_EQ(parse_record(bytes, 3, kNonce, other).state, RecordState::Damaged);
  EXPECT_EQ(parse_record(std::span(bytes).first(100), 3, kNonce, scenario()).state,
            RecordState::Damaged);
}

TEST(Record, UnfinishedOneKeepsSealedStepsOnly) {
  auto record = complete();
  record.state = SGP_RECORD_STARTED;
  record.report.steps[0].done = 1;
  record.step_seal[0] = seal_of(std::as_bytes(std::span(&record.report.steps[0], 1)));
  record.report.steps[1].done = 1;
  record.step_seal[1] = 42;
  record.report.steps[2].done = 1;
  const auto parsed = parse_record(bytes_of(record), 3, kNonce, scenario());
  ASSERT_EQ(parsed.state, RecordState::Partial);
  EXPECT_EQ(parsed.report.status, SGP_STATUS_STOPPED);
  EXPECT_EQ(parsed.report.steps[0].done, 1U);
  EXPECT_EQ(parsed.report.steps[1].done, 0U);
  EXPECT_EQ(parsed.report.steps[2].done, 0U);
}

TEST(Record, DiagnosticsAreBoundedAndPrintable) {
  auto record = complete();
  record.ndiags = ~0ULL;
  for (auto& diag : record.diags) {
    diag.kind = SGP_EV_WARN;
    diag.line = 12;
    std::memset(diag.file, 'a', sizeof(diag.file));  // no NUL
    std::strcpy(diag.function, "f\033[2J");
  }
  seal(record);
  const auto parsed = parse_record(bytes_of(record), 3, kNonce, scenario());
  ASSERT_EQ(parsed.diagnostics.size(), static_cast<std::size_t>(SGP_MAX_DIAGS));
  EXPECT_EQ(parsed.diagnostics[0].file.size(), static_cast<std::size_t>(SGP_DIAG_TEXT));
  EXPECT_EQ(parsed.diagnostics[0].function, "f?[2J");
}

TEST(Mailbox, CapacityIsWhatFits) {
  for (const auto limit : {std::size_t{1} << 20, std::size_t{32} << 20}) {
    const auto count = Mailbox::capacity(limit);
    const std::vector<sgp_scenario> scenarios(count);
    EXPECT_EQ(Mailbox(scenarios, 1).size(), limit);
  }
  EXPECT_EQ(Mailbox::capacity(1000), 0U);
}

TEST(Mailbox, HeaderWithIllegalValuesIsNotBelieved) {
  const std::vector<sgp_scenario> scenarios(2);
  Mailbox mailbox(scenarios, kNonce);
  EXPECT_FALSE(mailbox.next()) << "no kernel has been there";
  EXPECT_FALSE(mailbox.facts().ready);
  auto* header = reinterpret_cast<sgp_mbox_header*>(mailbox.bytes().data());
  header->guest_magic = SGP_GUEST_MAGIC;
  header->next = 2;
  EXPECT_EQ(mailbox.next(), 2U);
  EXPECT_FALSE(mailbox.finished());
  header->state = SGP_MBOX_FINISHED;
  EXPECT_TRUE(mailbox.finished());
  header->next = 3;
  EXPECT_FALSE(mailbox.next());
}

}  // namespace
}  // namespace sgproof::replay

#include <fmt/format.h>

#include "model/families.hpp"
#include "model/family_builder.hpp"

namespace sgproof::model {
namespace {

constexpr unsigned kEntries = 8;  ///< of a table that is made at once
constexpr unsigned kLongest = 4;  ///< entries of a chunk of the caller's
constexpr unsigned kPages = 4;    ///< of a call
constexpr std::uint64_t kOffset = 0xfff, kBytes = 0xffff;

Family of_entries(Family family, unsigned entries) {
  family.nents = entries;
  return family;
}

Family allocated(const Facts& facts) {
  FamilyBuilder b(facts, "table-alloc",
                  fmt::format("a table of 0 to {} entries from sg_alloc_table(), with any "
                              "allocation failing; walked and freed",
                              kEntries),
                  1, 0, 1);
  sgp_op& alloc = b.op(SGP_OP_TABLE_ALLOC);
  alloc.length = 1;
  b.open(alloc.length, "entries", "entries of the table", kEntries);
  b.op(SGP_OP_TABLE_WALK);
  b.op(SGP_OP_TABLE_FREE);
  b.open_failing_chunk(2);
  return of_entries(b.finish(), kEntries);
}

Family in_chunks(const Facts& facts) {
  FamilyBuilder b(facts, "table-chunks",
                  fmt::format("a table of 0 to {} entries in chunks of at most 2 to {}, with or "
                              "without a first chunk of 2 to {} entries, with any allocation "
                              "failing; walked and freed",
                              kEntries, kLongest, kLongest),
                  1, 0, 1);
  sgp_op& alloc = b.op(SGP_OP_TABLE_CHUNKS);
  alloc.length = 1;
  alloc.offset = kLongest;
  b.open(alloc.length, "entries", "entries of the table", kEntries);
  b.open(alloc.offset, "size of chunks", "entries of a chunk", kLongest);
  b.open(alloc.raw, "first chunk", "entries of the first chunk", kLongest);
  b.op(SGP_OP_TABLE_WALK);
  b.op(SGP_OP_TABLE_FREE);
  b.open_failing_chunk(kEntries);
  return of_entries(b.finish(), kEntries);
}

/// The pages of one call, any of those of the scenario from `page` on.
sgp_op& append(FamilyBuilder& b, unsigned page, const std::string& name, unsigned most) {
  sgp_op& op = b.op(SGP_OP_TABLE_APPEND, 0, page);
  op.attrs = SGP_PAGES_APART;
  op.raw = 1;
  op.length = 0x1000;
  b.open(op.raw, "pages", name + " pages", most);
  return op;
}

void open_ends(FamilyBuilder& b, const sgp_op& op, const std::string& name) {
  b.open(op.offset, "offset", name + " offset", kOffset);
  b.open_derived(op.length, "length", name + " length", kBytes);
}

Family of_pages(const Facts& facts) {
  FamilyBuilder b(facts, "table-append-1",
                  fmt::format("a table of 1 to {} pages, 2 providers, with any allocation "
                              "failing; walked and freed",
                              kPages),
                  1, 2, kPages);
  b.open_bars();
  b.open_pages();
  open_ends(b, append(b, 0, "call", kPages), "call");
  b.op(SGP_OP_TABLE_WALK);
  sgp_op& length = b.op(SGP_OP_TABLE_LENGTH);
  length.length = 0x1000;
  b.open(length.length, "bytes", "bytes to count the entries for", ~0ULL);
  b.op(SGP_OP_TABLE_PAGES);
  b.op(SGP_OP_TABLE_FREE);
  b.open_longest_segment(0);
  b.open_failing_chunk(2);
  return of_entries(b.finish(), kPages);
}

/// A table that a second call extends: the first announces its pages.
Family extended(const Facts& facts) {
  constexpr unsigned kEach = 2;
  FamilyBuilder b(facts, "table-append-2",
                  fmt::format("a table of 1 to {} pages, extended by 1 to {} others, 2 providers, "
                              "with any allocation failing; walked and freed",
                              kEach, kEach),
                  1, 2, 2 * kEach);
  b.open_bars();
  b.open_pages();
  sgp_op& first = append(b, 0, "first call", kEach);
  sgp_op& second = append(b, kEach, "second call", kEach);
  open_ends(b, first, "first call");
  b.open_derived(second.length, "length", "second call length", kBytes);
  b.open_tied(first.dir, second.raw, "pages", "pages announced", kEach);
  b.op(SGP_OP_TABLE_WALK);
  b.op(SGP_OP_TABLE_PAGES);
  b.op(SGP_OP_TABLE_FREE);
  b.open_longest_segment(0);
  b.open_failing_chunk(2);
  return of_entries(b.finish(), 2 * kEach);
}

/// The caller gives up before the pages came that were announced: the chunk has room for more
/// entries than the table has, and was allocated in whole pages.
Family given_up(const Facts& facts) {
  constexpr unsigned kCalls = 2;
  FamilyBuilder b(facts, "table-given-up",
                  "a table of 2 pages in 2 calls, where a full chunk of them was announced, "
                  "2 providers, with any allocation failing; freed",
                  1, 2, kCalls);
  b.open_bars();
  b.open_pages();
  const std::uint64_t full = facts.at("SG_MAX_SINGLE_ALLOC");
  for (unsigned call = 0; call < kCalls; ++call) {
    sgp_op& op = b.op(SGP_OP_TABLE_APPEND, 0, call);
    op.attrs = SGP_PAGES_APART;
    op.raw = 1;
    op.length = 0x1000;
    op.dir = full - call;
  }
  b.op(SGP_OP_TABLE_FREE);
  b.open_longest_segment(0);
  b.open_failing_chunk(2);
  return of_entries(b.finish(), kCalls);
}

}  // namespace

std::vector<Family> table_families(const Facts& facts) {
  // the other configurations' tables, most of 32 bits, are executed only
  if (!facts.enabled("PCI_P2PDMA") || facts.at("WORD_BITS") != 64) return {};
  return {allocated(facts), in_chunks(facts), given_up(facts), of_pages(facts), extended(facts)};
}

}  // namespace sgproof::model

#include <fmt/format.h>

#include <bit>

#include "model/families.hpp"
#include "model/family_builder.hpp"

namespace sgproof::model {
namespace {

constexpr unsigned kEntries = 8;  ///< of a table that is made at once
constexpr unsigned kLongest = 4;  ///< entries of a chunk of the caller's
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

/// Owners that pages can have besides RAM.
unsigned owners(const Facts& facts) { return facts.enabled("PCI_P2PDMA") ? 2 : 0; }
const char* owners_in_words(const Facts& facts) {
  return facts.enabled("PCI_P2PDMA") ? "2 providers" : "all RAM";
}

/// Pages of a table that several calls make. Where `struct page` has an odd size, numbers of pages
/// are quotients that cost.
unsigned most_pages(const Facts& facts) {
  return std::has_single_bit(facts.at("SIZEOF_PAGE")) ? 4 : 2;
}

/// Pages of a single call: they cost less where the array of pages cannot reach round the end of
/// the address space.
unsigned most_pages_at_once(const Facts& facts) {
  return facts.at("WORD_BITS") == 64 ? 4 : most_pages(facts);
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
                  fmt::format("a table of 1 to {} pages, {}, with any allocation failing; walked "
                              "and freed",
                              most_pages_at_once(facts), owners_in_words(facts)),
                  1, owners(facts), most_pages_at_once(facts));
  b.open_bars();
  b.open_pages();
  open_ends(b, append(b, 0, "call", most_pages_at_once(facts)), "call");
  b.op(SGP_OP_TABLE_WALK);
  sgp_op& length = b.op(SGP_OP_TABLE_LENGTH);
  length.length = 0x1000;
  b.open(length.length, "bytes", "bytes to count the entries for", ~0ULL);
  b.op(SGP_OP_TABLE_PAGES);
  b.op(SGP_OP_TABLE_FREE);
  b.open_longest_segment(0);
  b.open_failing_chunk(2);
  return of_entries(b.finish(), most_pages_at_once(facts));
}

/// A table that a second call extends: the first announces its pages.
Family extended(const Facts& facts) {
  const unsigned kEach = most_pages(facts) / 2;
  FamilyBuilder b(facts, "table-append-2",
                  fmt::format("a table of 1 to {} pages, extended by 1 to {} others, {}, with any "
                              "allocation failing; walked and freed",
                              kEach, kEach, owners_in_words(facts)),
                  1, owners(facts), 2 * kEach);
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
                  fmt::format("a table of 2 pages in 2 calls, where a full chunk of them was "
                              "announced, {}, with any allocation failing; freed",
                              owners_in_words(facts)),
                  1, owners(facts), kCalls);
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

/// The first chunk fills up: its last slot becomes the link to the next one, where more than one
/// entry follows. Its entries are all of one fixed page, so that only what follows is open.
Family linked(const Facts& facts) {
  const unsigned kFollow = std::min(3U, most_pages(facts));
  const auto full = static_cast<unsigned>(facts.at("SG_MAX_SINGLE_ALLOC"));
  FamilyBuilder b(facts, "table-append-linked",
                  fmt::format("a table of {} times the same page, extended by 1 to {} others, {}, "
                              "with any allocation failing; walked and freed",
                              full - 1, kFollow, owners_in_words(facts)),
                  1, owners(facts), 1 + kFollow);
  b.open_bars();
  b.open_pages(1);
  sgp_op& first = b.op(SGP_OP_TABLE_APPEND);
  first.attrs = 0;
  first.raw = full - 1;
  first.length = first.raw * 0x1000;
  sgp_op& second = append(b, 1, "second call", kFollow);
  b.open_derived(second.length, "length", "second call length", kBytes);
  b.open_tied(first.dir, second.raw, "pages", "pages announced", kFollow);
  b.op(SGP_OP_TABLE_WALK);
  b.op(SGP_OP_TABLE_FREE);
  b.open_failing_chunk(2);
  Family family = of_entries(b.finish(), full - 1 + kFollow);
  family.loop_bound = 2 * full;
  return family;
}

/// As `linked`, but a full second chunk is announced too and given up: how it is freed follows from
/// how many entries the table has room for.
Family linked_given_up(const Facts& facts) {
  const auto full = static_cast<unsigned>(facts.at("SG_MAX_SINGLE_ALLOC"));
  FamilyBuilder b(facts, "table-linked-given-up",
                  fmt::format("a table of {} times the same page, extended by 2 others, where a "
                              "full second chunk was announced, {}, with any allocation failing; "
                              "freed",
                              full - 1, owners_in_words(facts)),
                  1, owners(facts), 3);
  b.open_bars();
  b.open_pages(1);
  sgp_op& first = b.op(SGP_OP_TABLE_APPEND);
  first.raw = full - 1;
  first.length = first.raw * 0x1000;
  first.dir = full;
  sgp_op& second = b.op(SGP_OP_TABLE_APPEND, 0, 1);
  second.attrs = SGP_PAGES_APART;
  second.raw = 2;
  second.length = second.raw * 0x1000;
  second.dir = full - second.raw;
  b.op(SGP_OP_TABLE_FREE);
  b.open_failing_chunk(2);
  Family family = of_entries(b.finish(), full + 1);
  family.loop_bound = 2 * full;
  return family;
}

/// A table of up to `pages` pages, all RAM.
FamilyBuilder of_ram(const Facts& facts, unsigned pages, std::string name,
                     const std::string& scope) {
  FamilyBuilder b(facts, std::move(name),
                  fmt::format("a table of 1 to {} pages, all RAM, {}", pages, scope), 1, 0, pages);
  b.open_pages();
  open_ends(b, append(b, 0, "call", pages), "call");
  return b;
}

/// The number of parts decides how much is allocated: each in a family of its own.
Family split(const Facts& facts, bool in_two) {
  const unsigned pages = in_two ? 2 : 3;
  FamilyBuilder b =
      of_ram(facts, pages, in_two ? "table-split-2" : "table-split-1",
             in_two ? "split into two parts behind any number of bytes, with any allocation failing"
                    : "of which one part is split off, with any allocation failing");
  sgp_op& op = b.op(SGP_OP_TABLE_SPLIT);
  op.length = 1;
  b.open(op.offset, "bytes before", "bytes before the first part", kBytes);
  b.open(op.length, "part", "bytes of the first part", kBytes);
  if (in_two) {
    op.raw = 1;
    b.open(op.raw, "part", "bytes of the second part", kBytes);
  }
  b.op(SGP_OP_TABLE_FREE);
  b.open_failing_chunk(4);
  return of_entries(b.finish(), pages);
}

Family touched(const Facts& facts, sgp_opcode code, unsigned pages, const char* name,
               const char* how) {
  FamilyBuilder b = of_ram(facts, pages, name, how);
  sgp_op& op = b.op(code);
  op.length = 1;
  b.open(op.offset, "bytes before", "bytes before the first one", 0x4fff);
  b.open(op.length, "bytes", "bytes", 0x4fff);
  if (code == SGP_OP_TABLE_MITER)
    b.open(op.raw, "bytes of a step", "bytes of a step at most, 0: all", 0x4fff);
  Family family = of_entries(b.finish(), pages);
  // a loop that goes on byte by byte is followed no further than one over pages can go
  family.loop_bound = 10;
  return family;
}

}  // namespace

std::vector<Family> table_families(const Facts& facts) {
  std::vector<Family> all = {allocated(facts),      in_chunks(facts), given_up(facts),
                             of_pages(facts),       extended(facts),  linked(facts),
                             linked_given_up(facts)};
  // released kernels lose the lengths of entries otherwise (corpus/known/split-clears-lengths.json)
  if (facts.enabled("NEED_SG_DMA_LENGTH"))
    for (const bool in_two : {false, true}) all.push_back(split(facts, in_two));
  all.push_back(touched(facts, SGP_OP_TABLE_COPY_OUT, 3, "table-copy-out", "copied to a buffer"));
  all.push_back(touched(facts, SGP_OP_TABLE_COPY_IN, 2, "table-copy-in", "copied from a buffer"));
  all.push_back(touched(facts, SGP_OP_TABLE_ZERO, 2, "table-zero", "zeroed"));
  all.push_back(touched(facts, SGP_OP_TABLE_MITER, 2, "table-miter", "mapped page by page"));
  return all;
}

}  // namespace sgproof::model

#include "properties/table_scenarios.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "model/scenario.hpp"
#include "properties/drawn.hpp"
#include "properties/legality.hpp"
#include "properties/table_legality.hpp"

namespace sgproof::properties {
namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kDefaultSegment = 0x10000;
constexpr std::uint64_t kAbove = 0x100000;  ///< the first frame above 4 GiB

class Draw {
 public:
  Draw(const model::Facts& facts, Random64& random)
      : facts_(facts),
        random_(random),
        peers_(facts.has_peers() && chance(4)),
        s_(model::blank_scenario(facts, 1, peers_ ? 2 : 0, 4)) {
    if (!peers_) return;
    // two BARs side by side, and RAM right before them
    for (unsigned k = 0; k < 2; ++k) {
      sgp_provider& p = s_.world.providers[k];
      p.size = 64 * kPage;
      p.cpu_start = p.bus_start = 0x4000000000ULL + k * p.size;
    }
  }

  sgp_scenario scenario() {
    const unsigned tables = chance(3) ? 2 : 1;
    for (unsigned k = 0; k < tables; ++k) {
      table();
      // the last one may be left as it is
      if (left() > 0 && (k + 1 < tables || !chance(12))) model::add_op(s_, SGP_OP_TABLE_FREE);
    }
    if (chance(3)) s_.world.alloc_fails_at = 1 + random_.below(chance(2) ? 3 : 8);
    return s_;
  }

 private:
  bool chance(std::uint64_t of) { return random_.below(of) == 0; }
  template <std::size_t N>
  std::uint64_t pick(const std::array<std::uint64_t, N>& all) {
    return all[random_.below(N)];
  }
  [[nodiscard]] std::uint64_t left() const { return kDrawnOps - s_.nops; }

  void table() {
    switch (random_.below(4)) {
      case 0:
        plain();
        break;
      case 1:
        chunked();
        break;
      default:
        extended();
        break;
    }
  }

  void walk() {
    if (left() > 1) model::add_op(s_, SGP_OP_TABLE_WALK);
  }

  void plain() {
    if (left() < 3) return;
    const std::uint64_t chunk = facts_.at("SG_MAX_SINGLE_ALLOC");
    const std::array<std::uint64_t, 12> sizes = {0,
                                                 1,
                                                 2,
                                                 chunk - 1,
                                                 chunk,
                                                 chunk + 1,
                                                 2 * chunk - 2,
                                                 2 * chunk - 1,
                                                 2 * chunk,
                                                 300,
                                                 random_.below(2 * chunk),
                                                 random_.below(kMostEntries)};
    model::add_op(s_, SGP_OP_TABLE_ALLOC).length = std::min(pick(sizes), kMostEntries);
    walk();
    if (chance(4)) length(1);
  }

  void chunked() {
    if (left() < 3) return;
    sgp_op& op = model::add_op(s_, SGP_OP_TABLE_CHUNKS);
    op.offset = 2 + random_.below(chance(2) ? 4 : kMostOwnChunk - 1);
    if (!chance(3)) op.raw = 2 + random_.below(chance(2) ? 4 : kMostOwnChunk - 1);
    const std::uint64_t first = op.raw == 0 ? op.offset : op.raw;
    const std::array<std::uint64_t, 6> sizes = {random_.below(3),
                                                first - random_.below(2),
                                                first + random_.below(3),
                                                first + op.offset - 2 + random_.below(3),
                                                random_.below(5 * op.offset),
                                                random_.below(first + 5 * op.offset)};
    op.length = pick(sizes);
    while (chunks_of(op) > kMostOwnChunks / 2) op.length /= 2;
    walk();
  }

  /// Calls of sg_alloc_append_table_from_pages(), and what can be done with the table then.
  void extended() {
    if (left() < 6) return;
    few_ = chance(2) && used_ == 0;
    const unsigned calls = chance(3) ? 1 : 2 + static_cast<unsigned>(random_.below(2));
    const auto first = s_.nops;
    const std::uint64_t device = random_.below(SGP_MAX_DEVICES);
    const std::array<std::uint64_t, 6> segments = {0,         kPage,          2 * kPage + 123,
                                                   3 * kPage, 16 * kPage + 1, 0xffffffffULL};
    s_.world.devices[device].max_segment = pick(segments);
    total_ = 0;
    for (unsigned k = 0; k < calls; ++k) {
      sgp_op& op = model::add_op(s_, SGP_OP_TABLE_APPEND, 0, place());
      op.device = device;
      if (used_ < s_.npages && chance(4))
        pages_apart(op);
      else
        pages(op);
      if (k == 0) ends(op, calls == 1);
      total_ += op.length;
      const bool apart = op.attrs == SGP_PAGES_APART;
      next_ = apart ? s_.world.pages[op.page + op.raw - 1].pfn + 1
                    : s_.world.pages[op.page].pfn + frames_of(op);
    }
    std::uint64_t follow = 0;
    for (auto i = s_.nops; i-- > first; follow += s_.ops[i].raw) s_.ops[i].dir = follow;
    if (chance(6)) {  // the caller gives up: more pages were announced than came
      for (auto i = first; i < s_.nops; ++i) {
        sgp_op& op = s_.ops[i];
        op.dir = std::min(op.dir + 1 + random_.below(200), kMostFrames);
        op.length = op.raw * kPage - op.offset;
      }
      return;
    }
    walk();
    for (unsigned k = 0; k < 3; ++k) use();
  }

  /// The page with which the next call begins: mostly near the end of the one before.
  unsigned place() {
    const unsigned page = used_ % static_cast<unsigned>(s_.npages);
    ++used_;
    sgp_page& p = s_.world.pages[page];
    // addresses above 4 GiB that a word cannot hold
    const bool wraps = facts_.at("WORD_BITS") == 32 && facts_.frames() > kAbove && chance(2);
    const std::uint64_t usual = facts_.at("WORD_BITS") == 64 || wraps ? kAbove : 0x10000;
    if (used_ > s_.npages) return page;  // a page of an earlier call, as it is
    p = {0, usual + random_.below(16)};
    if (used_ == 1) {
      if (peers_ && !few_) p.pfn = s_.world.providers[0].cpu_start / kPage - 1 - random_.below(3);
    } else {
      const std::uint64_t far = wraps ? next_ & (kAbove - 1) : p.pfn;
      const std::array<std::uint64_t, 8> near = {next_,     next_,     next_,     next_ - 1,
                                                 next_ - 1, next_ + 1, next_ - 2, far};
      p.pfn = pick(near);
    }
    for (unsigned k = 0; k < s_.nproviders; ++k) {
      const sgp_provider& owner = s_.world.providers[k];
      if (p.pfn * kPage - owner.cpu_start < owner.size) p.kind = k + 1;
    }
    return page;
  }

  /// How many pages from there on, and how far from each other; they stay within their memory.
  void pages(sgp_op& op) {
    static constexpr std::array<std::uint64_t, 6> kStrides = {1, 1, 1, 2, 0, 3};
    const std::uint64_t chunk = facts_.at("SG_MAX_SINGLE_ALLOC");
    op.attrs = pick(kStrides);
    const std::array<std::uint64_t, 7> counts = {1,
                                                 2,
                                                 1 + random_.below(4),
                                                 1 + random_.below(20),
                                                 chunk - 2 + random_.below(4),
                                                 chunk + 1,
                                                 1 + random_.below(150)};
    op.raw = few_ ? 1 + random_.below(2) : chance(3) ? pick(counts) : 1 + random_.below(6);
    std::uint64_t most = kMostFrames / 2;
    const std::uint64_t phys = s_.world.pages[op.page].pfn * kPage;
    for (unsigned k = 0; k < s_.nproviders; ++k) {
      const sgp_provider& p = s_.world.providers[k];
      if (s_.world.pages[op.page].kind == k + 1)
        most = std::min(most, (p.cpu_start + p.size - phys) / kPage);
      else if (phys < p.cpu_start)
        most = std::min(most, (p.cpu_start - phys) / kPage);
    }
    if (op.attrs != 0) op.raw = std::min(op.raw, (most - 1) / op.attrs + 1);
    op.length = op.raw * kPage;
  }

  /// Some of the scenario's pages that no call has used yet: each where it likes.
  void pages_apart(sgp_op& op) {
    op.attrs = SGP_PAGES_APART;
    op.raw = 1;
    for (auto more = random_.below(s_.npages - used_ + 1); more > 0; --more, ++op.raw) {
      next_ = s_.world.pages[op.page + op.raw - 1].pfn + 1;
      place();
    }
    op.length = op.raw * kPage;
  }

  /// Where the bytes begin in the first page, and end in the last page of the only call.
  void ends(sgp_op& op, bool only) {
    static constexpr std::array<std::uint64_t, 4> kEdges = {1, 100, kPage - 100, kPage - 1};
    op.offset = chance(3) ? 0 : pick(kEdges);
    std::uint64_t tail = only && chance(2) ? pick(kEdges) : 0;
    if (op.raw == 1 && op.offset + tail >= kPage) tail = 0;
    op.length -= op.offset + tail;
  }

  void use() {
    if (left() < 2) return;
    switch (random_.below(few_ ? 8 : 4)) {
      case 0:
        return length(total_);
      case 1:
        model::add_op(s_, SGP_OP_TABLE_PAGES);
        return;
      case 2:
        return split();
      case 3:
        return;
      default:
        if (few_) touch();
    }
  }

  /// Copies, zeroes or maps bytes.
  void touch() {
    static constexpr std::array<sgp_opcode, 4> kAll = {SGP_OP_TABLE_COPY_OUT, SGP_OP_TABLE_COPY_IN,
                                                       SGP_OP_TABLE_ZERO, SGP_OP_TABLE_MITER};
    sgp_op& op = model::add_op(s_, kAll[random_.below(kAll.size())]);
    op.offset = chance(2) ? 0 : bytes(total_);
    op.length = std::min(chance(3) ? total_ : bytes(total_), kMostCopied * kPage);
    if (op.code == SGP_OP_TABLE_MITER && chance(2))
      op.raw = 1 + random_.below(chance(2) ? 5000 : 64);
  }

  /// A number of bytes around the edges of pages, up to a bit more than there are.
  std::uint64_t bytes(std::uint64_t most) {
    const std::uint64_t page = random_.below(most / kPage + 2) * kPage;
    const std::array<std::uint64_t, 6> all = {
        most, most + random_.below(2), page, page + 1, random_.below(most + 2), random_.below(200)};
    return pick(all);
  }

  void length(std::uint64_t total) { model::add_op(s_, SGP_OP_TABLE_LENGTH).length = bytes(total); }

  void split() {
    sgp_op& op = model::add_op(s_, SGP_OP_TABLE_SPLIT);
    op.offset = chance(2) ? 0 : bytes(total_);
    const std::uint64_t rest = op.offset < total_ ? total_ - op.offset : 0;
    op.length = std::max<std::uint64_t>(bytes(rest), 1);
    if (chance(2)) op.raw = op.length < rest ? bytes(rest - op.length) : random_.below(100);
  }

  const model::Facts& facts_;
  Random64& random_;
  bool peers_;
  sgp_scenario s_;
  std::uint64_t next_ = 0;   ///< page frame behind the last call's pages
  std::uint64_t total_ = 0;  ///< bytes of the table
  bool few_ = false;         ///< pages of the table, all RAM: their bytes can be looked at
  unsigned used_ = 0;        ///< pages of the scenario that calls begin with
};

}  // namespace

sgp_scenario table_scenario(const model::Facts& facts, Random64& random) {
  return Draw(facts, random).scenario();
}

std::vector<sgp_scenario> table_scenarios(const model::Facts& facts, std::uint64_t seed,
                                          std::size_t count) {
  Random64 random(seed);
  std::vector<sgp_scenario> all;
  while (all.size() < count) {
    auto scenario = table_scenario(facts, random);
    if (!illegal_use(scenario, facts)) all.push_back(scenario);
  }
  return all;
}

}  // namespace sgproof::properties

#include "model/invariants/lst.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace sgproof::model {
namespace {

using D = ConcreteDomain;
using Number = std::uint64_t;

/// More entries than any table of a scenario has (sgp_table_ops.h ends walks there).
constexpr Number kMostVisits = 1 << 12;
/// Pages of different owners are kept apart since then (include/linux/mm.h,
/// zone_device_pages_have_same_pgmap); before, no list of pages could contain peer memory.
constexpr Number kPgmapsSince = 0x60200;
/// dma_get_max_seg_size() of a device that says nothing (include/linux/dma-mapping.h).
constexpr Number kMaxSegment = 0x10000;

Number value(const D::Word& word) { return word.value(); }

struct Range {
  Number start = 0, size = 0;
  bool operator==(const Range&) const = default;
};

/// A sequence of bytes: neighbours that follow each other are one range, so equal sequences are
/// equal vectors.
class Sequence {
 public:
  void add(Number start, Number size) {
    if (size == 0) return;
    total_ += size;
    if (!all_.empty() && all_.back().start + all_.back().size == start)
      all_.back().size += size;
    else
      all_.push_back({start, size});
  }
  [[nodiscard]] Number total() const { return total_; }

  /// `size` bytes from byte `from` on; fewer where it ends before.
  [[nodiscard]] Sequence part(Number from, Number size) const {
    Sequence out;
    for (const Range& r : all_) {
      const Number skipped = std::min(from, r.size);
      const Number taken = std::min(size, r.size - skipped);
      out.add(r.start + skipped, taken);
      from -= skipped;
      size -= taken;
    }
    return out;
  }
  bool operator==(const Sequence&) const = default;

 private:
  std::vector<Range> all_;
  Number total_ = 0;
};

struct Chunk {
  Number bytes = 0, entries = 0;
  bool pages = false, live = true, callers = false;
};

/// A page that was handed over, and how many of its bytes are asked for.
struct PageUse {
  Number phys = 0, first = 0, bytes = 0, kind = 0;
};

/// What a table must be, followed from operation to operation.
struct Table {
  sgp_opcode how = SGP_OP_NOP;  ///< the operation that made it; NOP: there is none
  bool usable = false, failed = false;
  Number entries = 0;  ///< that it has, where the caller says how many
  Number counted = 0;  ///< orig_nents
  Number max_segment = 0;
  std::vector<PageUse> pages;
  std::optional<std::vector<Visited>> walked;  ///< since it changed
};

class Judged {
 public:
  Judged(const Trace<D>& t, Judge<D>& judge) : t_(t), judge_(judge) {}

  void go() {
    for (s_ = 0; s_ < t_.steps.size(); ++s_) {
      const Step<D>& op = t_.steps[s_];
      if (!is_table(op.code)) continue;
      begin(op);
      events();
      judge_step(op);
      if (!decide(op.done)) return;  // nothing is known of the table any more
    }
  }

 private:
  void says(std::string_view invariant, std::string_view clause, std::string_view field, bool holds,
            std::optional<Number> expected = {}, std::optional<Number> observed = {}) {
    const auto word = [](std::optional<Number> n) {
      return n ? std::optional(D::Word(*n)) : std::nullopt;
    };
    judge_.check(invariant, clause, {s_, {}, field}, ConcreteBool(true),
                 Truth<D>::of(t_.steps[s_].done, ConcreteBool(holds)), word(expected),
                 word(observed));
  }
  void equal(std::string_view invariant, std::string_view clause, std::string_view field,
             Number expected, Number observed) {
    says(invariant, clause, field, expected == observed, expected, observed);
  }
  [[nodiscard]] Number error(const char* name) const { return 0 - t_.facts->at(name); }
  [[nodiscard]] Number page_size() const { return Number{1} << t_.facts->at("PAGE_SHIFT"); }
  [[nodiscard]] Number entry_size() const { return t_.facts->at("SIZEOF_SCATTERLIST"); }

  /// An array that the caller has is the first chunk.
  void begin(const Step<D>& op) {
    const bool makes = op.code == SGP_OP_TABLE_ALLOC || op.code == SGP_OP_TABLE_CHUNKS ||
                       (op.code == SGP_OP_TABLE_APPEND && table_.how == SGP_OP_NOP);
    if (!makes) return;
    table_ = {};
    table_.how = op.code;
    if (op.code == SGP_OP_TABLE_CHUNKS && value(op.raw) != 0)
      add_chunk(value(op.raw) * entry_size(), false, true);
  }

  void add_chunk(Number bytes, bool pages, bool callers) {
    chunks_.push_back({bytes, bytes / entry_size(), pages, true, callers});
  }

  /// Follows the chunks through the step.
  void events() {
    before_ = chunks_.size();
    failed_ = freed_ = false;
    bool exact = true, inside = true;
    std::optional<Number> must_be, is;
    for (const Event<D>& e : t_.events) {
      if (e.step != s_ || !decide(e.guard)) continue;
      const Number bytes = value(e.a), ret = value(e.ret);
      const bool pages = value(e.b) != 0;
      if (e.kind == SGP_EV_CHUNK_ALLOC) {
        if (ret == 0)
          failed_ = true;
        else
          add_chunk(bytes, pages, false);
      } else if (e.kind == SGP_EV_CHUNK_FREE) {
        freed_ = true;
        if (may_give_back(ret, bytes, pages)) continue;
        if (exact && ret != 0 && ret <= chunks_.size() && bytes != 0)
          must_be = chunks_[ret - 1].bytes, is = bytes;
        exact = false;
      } else if (e.kind == SGP_EV_MEMORY && value(e.c) != 0) {
        inside = false;
      }
    }
    if (freed_) says("LST-2", "free-exact", "calls of the allocator", exact, must_be, is);
    says("LST-2", "inside", "memory behind a chunk", inside);
  }

  /// A chunk is freed: may it be, in this way and at this size? 0 bytes: the size is not said.
  bool may_give_back(Number number, Number bytes, bool pages) {
    if (number == 0 || number > chunks_.size()) return false;
    Chunk& chunk = chunks_[number - 1];
    const bool may = chunk.live && !chunk.callers && chunk.pages == pages &&
                     (bytes == 0 || bytes == chunk.bytes);
    chunk.live = false;
    return may;
  }

  void judge_step(const Step<D>& op) {
    switch (op.code) {
      case SGP_OP_TABLE_ALLOC:
      case SGP_OP_TABLE_CHUNKS:
        return allocated(op);
      case SGP_OP_TABLE_APPEND:
        return appended(op);
      case SGP_OP_TABLE_FREE:
        says("LST-2", "released", "chunks", all_released(0));
        table_ = {};
        for (Chunk& chunk : chunks_) chunk.live = false;
        return;
      default:
        break;
    }
    if (!table_.usable) return;
    if (op.code == SGP_OP_TABLE_WALK) walked(op);
    if (op.code == SGP_OP_TABLE_LENGTH) counted_for_length(op);
    if (op.code == SGP_OP_TABLE_PAGES) pages_visited();
    if (op.code == SGP_OP_TABLE_SPLIT) split(op);
    if (touches_bytes(op.code)) bytes_touched(op);
  }

  static bool touches_bytes(sgp_opcode code) {
    return code == SGP_OP_TABLE_COPY_OUT || code == SGP_OP_TABLE_COPY_IN ||
           code == SGP_OP_TABLE_ZERO || code == SGP_OP_TABLE_MITER;
  }

  [[nodiscard]] bool all_released(std::size_t from) const {
    return std::all_of(chunks_.begin() + static_cast<std::ptrdiff_t>(from), chunks_.end(),
                       [](const Chunk& chunk) { return !chunk.live || chunk.callers; });
  }

  /// The chunks of the table, in the order in which they are linked.
  [[nodiscard]] std::vector<std::size_t> linked() const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < chunks_.size(); ++i)
      if (chunks_[i].live) all.push_back(i);
    return all;
  }

  void allocated(const Step<D>& op) {
    const Number nents = value(op.length);
    const bool plain = op.code == SGP_OP_TABLE_ALLOC;
    equal("LST-2", "result", "return value",
          nents == 0 ? error("EINVAL")
          : failed_  ? error("ENOMEM")
                     : 0,
          value(op.ret));
    table_.usable = value(op.ret) == 0;
    table_.entries = nents;
    table_.counted = value(op.out_nents);
    if (!table_.usable) {
      if (plain) says("LST-2", "released", "chunks", all_released(0));
      return;
    }
    equal("LST-2", "count", "orig_nents", nents, table_.counted);
    says("LST-2", "kept", "chunks", !freed_);
    const Number most = plain ? t_.facts->at("SG_MAX_SINGLE_ALLOC") : value(op.offset);
    Number room = 0, links = 0;
    bool fit = true;
    for (const std::size_t i : linked()) {
      const Chunk& chunk = chunks_[i];
      links += room != 0 ? 1 : 0;
      // what the caller has is used up to its size
      room += chunk.callers ? std::min(chunk.entries, nents) : chunk.entries;
      fit = fit && (chunk.callers || (chunk.entries <= most && chunk.entries != 0));
    }
    equal("LST-2", "shape", "entries of all chunks", nents + links, room);
    says("LST-2", "shape", "entries of a chunk", fit);
  }

  void appended(const Step<D>& op) {
    if (table_.failed) return;  // not called again after a failure
    equal("LST-4", "result", "return value", failed_ ? error("ENOMEM") : 0, value(op.ret));
    table_.usable = value(op.ret) == 0;
    table_.failed = !table_.usable;
    table_.walked.reset();
    if (!table_.usable) return;
    says("LST-2", "kept", "chunks", !freed_);
    table_.counted = value(op.out_nents);
    const Number max_segment = value(t_.devices.at(op.device).max_segment);
    table_.max_segment = max_segment == 0 ? kMaxSegment : max_segment;
    const bool apart = value(op.attrs) == SGP_PAGES_APART;
    Number skip = value(op.offset), left = value(op.length);
    for (Number j = 0; j < value(op.raw); ++j) {
      const Number bytes = std::min(left, page_size() - skip);
      const Page<D>& page = t_.pages.at(apart ? op.page + j : op.page);
      const Number distance = apart ? 0 : j * value(op.attrs) * page_size();
      table_.pages.push_back({value(page.phys) + distance, skip, bytes, value(page.kind)});
      left -= bytes;
      skip = 0;
    }
  }

  /// Whether the entries are those of the chunks: one slot after the other, the last one of each
  /// chunk but the last is the link. A table that is extended may have slots left at its end.
  [[nodiscard]] bool in_order(const std::vector<Visited>& all, Number wanted) const {
    const auto chunks = linked();
    std::size_t next = 0;
    for (std::size_t k = 0; k < chunks.size() && next < all.size(); ++k) {
      const Chunk& chunk = chunks_[chunks[k]];
      const Number data = chunk.entries - (k + 1 < chunks.size() ? 1 : 0);
      for (Number slot = 0; slot < data && next < all.size(); ++slot, ++next) {
        const Visited& v = all[next];
        if (v.outside || v.chain || v.chunk != chunks[k] + 1 || v.slot != slot) return false;
      }
    }
    return next == all.size() && all.size() == wanted;
  }

  static bool ends_once(const std::vector<Visited>& all) {
    return !all.empty() && all.back().end &&
           std::count_if(all.begin(), all.end(), [](const Visited& v) { return v.end; }) == 1;
  }

  void walked(const Step<D>& op) {
    const auto all = visited(t_, s_, 0);
    const bool extended = table_.how == SGP_OP_TABLE_APPEND;
    const Number wanted = extended ? table_.counted : table_.entries;
    const bool right = in_order(all, wanted), end = ends_once(all);
    says("LST-1", "entries", "entries visited", right, wanted, all.size());
    says("LST-1", "end", "END mark", end);
    if (!right || !end) return;  // the rest would say the same again
    equal("LST-3", "nents", "return value", wanted, value(op.ret));
    equal("LST-3", "last", "entry that sg_last() returns", wanted, value(op.out_nents));
    table_.walked = all;
    if (extended) segments(all);
  }

  [[nodiscard]] Sequence reference() const {
    Sequence bytes;
    for (const PageUse& p : table_.pages) bytes.add(p.phys + p.first, p.bytes);
    return bytes;
  }

  /// LST-4, on the segments that pages became.
  void segments(const std::vector<Visited>& all) {
    Sequence bytes;
    Number longest = 0;
    bool empty = false;
    for (const Visited& v : all) {
      bytes.add(v.phys, v.bytes);
      longest = std::max(longest, v.bytes);
      empty = empty || v.bytes == 0;
    }
    says("LST-4", "bytes", "bytes of the table", bytes == reference(), reference().total(),
         bytes.total());
    says("LST-4", "max-segment", "longest segment", longest <= table_.max_segment,
         table_.max_segment, longest);
    says("LST-4", "no-empty", "length", !empty);
    if (bytes == reference() && t_.facts->at("LINUX_VERSION_CODE") >= kPgmapsSince)
      says("LST-4", "one-pgmap", "owner of the pages of a segment", one_owner(all));
  }

  /// Whether no segment has pages of different owners; segments and pages are the same bytes.
  [[nodiscard]] bool one_owner(const std::vector<Visited>& all) const {
    auto page = table_.pages.begin();
    Number taken = 0;  // of the page
    for (const Visited& v : all) {
      const Number owner = page->kind;
      for (Number left = v.bytes; left != 0;) {
        if (page->kind != owner) return false;
        const Number bytes = std::min(left, page->bytes - taken);
        left -= bytes;
        taken += bytes;
        if (taken != page->bytes) continue;
        ++page;
        taken = 0;
      }
    }
    return true;
  }

  void counted_for_length(const Step<D>& op) {
    if (!table_.walked) return;
    const Number length = value(op.length);
    Number wanted = length == 0 ? 0 : error("EINVAL"), sum = 0, n = 0;
    for (const Visited& v : *table_.walked) {
      sum += v.bytes;
      ++n;
      if (length == 0 || sum < length) continue;
      wanted = n;
      break;
    }
    equal("LST-3", "nents-for-len", "return value", wanted, value(op.ret));
  }

  void pages_visited() {
    if (table_.how != SGP_OP_TABLE_APPEND) return;
    std::vector<Number> wanted, seen;
    for (const PageUse& p : table_.pages) wanted.push_back(p.phys);
    for (const Visited& v : visited(t_, s_, 0)) seen.push_back(v.phys);
    says("LST-6", "pages", "pages visited", wanted == seen, wanted.size(), seen.size());
  }

  void split(const Step<D>& op) {
    says("LST-5", "split-released", "chunks", all_released(before_));
    const Sequence bytes = reference();
    const Number skip = value(op.offset), first = value(op.length), second = value(op.raw);
    const Number ret = value(op.ret);
    if (skip + first + second > bytes.total()) {
      says("LST-5", "split-result", "return value",
           ret == error("EINVAL") || (failed_ && ret == error("ENOMEM")), error("EINVAL"), ret);
      return;
    }
    equal("LST-5", "split-result", "return value", failed_ ? error("ENOMEM") : 0, ret);
    if (ret != 0) return;
    piece(1, bytes.part(skip, first));
    if (second != 0) piece(2, bytes.part(skip + first, second));
  }

  /// One of the lists that a split gives.
  void piece(Number list, const Sequence& wanted) {
    const auto all = visited(t_, s_, list);
    Sequence bytes;
    bool legal = ends_once(all);
    for (const Visited& v : all) {
      legal = legal && !v.outside && !v.chain && v.bytes != 0;
      bytes.add(v.phys, v.bytes);
    }
    says("LST-5", "split-bytes", "bytes of a part", bytes == wanted, wanted.total(), bytes.total());
    says("LST-5", "split-legal", "entries of a part", legal);
  }

  /// Copying, zeroing and mapping: these bytes, in this order, and nothing else.
  void bytes_touched(const Step<D>& op) {
    const Sequence wanted = reference().part(value(op.offset), value(op.length));
    Sequence seen;
    bool right = true, others = false;
    for (const Event<D>& e : t_.events) {
      if (e.step != s_ || !decide(e.guard)) continue;
      if (e.kind == SGP_EV_MEMORY && value(e.c) == 0) others = true;
      if (e.kind != SGP_EV_BYTES) continue;
      right = right && value(e.c) == 1;
      seen.add(value(e.a), value(e.b));
    }
    equal("LST-5", "count", "return value", wanted.total(), value(op.ret));
    says("LST-5", "bytes", "bytes touched", right && seen == wanted, wanted.total(), seen.total());
    says("LST-5", "nothing-else", "other memory", !others);
  }

  const Trace<D>& t_;
  Judge<D>& judge_;
  unsigned s_ = 0;
  Table table_;
  std::vector<Chunk> chunks_;  ///< by number, less 1
  std::size_t before_ = 0;     ///< chunks before the step
  bool failed_ = false;        ///< an allocation of the step
  bool freed_ = false;         ///< something, in the step
};

}  // namespace

std::vector<Visited> visited(const Trace<ConcreteDomain>& trace, unsigned step,
                             std::uint64_t list) {
  std::vector<Visited> all;
  for (const Event<D>& e : trace.events) {
    if (e.step != step || e.kind != SGP_EV_VISIT || !decide(e.guard)) continue;
    const Number marks = value(e.c), place = value(e.d);
    if ((place & 0xff) != list) continue;
    for (Number k = 0; k < value(e.ret) && all.size() < kMostVisits; ++k)
      all.push_back({value(e.a) + k * (marks >> 8), value(e.b), (marks & 2) != 0, (marks & 4) != 0,
                     (marks & 8) != 0, list, place >> 8 & 0xffffff, (place >> 32) + k});
  }
  return all;
}

void lst(const Trace<ConcreteDomain>& trace, Judge<ConcreteDomain>& judge) {
  Judged(trace, judge).go();
}

}  // namespace sgproof::model

// LST as statements about a run whose numbers may be symbolic: what lst.cpp looks up visit by visit
// in an execution is said here of guarded events, each of one visit. Memory behind a chunk is SAF's
// matter: in proofs each chunk is an object of its own.
// Sources: lib/scatterlist.c (__sg_alloc_table, __sg_free_table, sg_alloc_append_table_from_pages),
// lib/sg_split.c, include/linux/scatterlist.h.
// Released kernels violate what is said of a split: proofs leave out the inputs of which that is
// known (assumption SPLIT_KNOWN), executions compare each finding with it.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "model/invariants/context.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

template <class D>
class LstAny {
 public:
  LstAny(const Trace<D>& t, Judge<D>& judge)
      : t_(t), d_(*t.domain), judge_(judge), yes_(d_.boolean(true)), no_(d_.boolean(false)) {}

  void go() {
    for (s_ = 0; s_ < t_.steps.size(); ++s_) {
      const Step<D>& op = t_.steps[s_];
      if (!is_table(op.code)) continue;
      begin(op);
      follow_chunks();
      judge_step(op);
    }
  }

 private:
  using Bool = typename D::Bool;
  using Word = typename D::Word;
  using Wide = typename D::Wide;

  static constexpr std::uint64_t kMaxSegment = 0x10000;  ///< as in lst.cpp
  static constexpr std::uint64_t kPgmapsSince = 0x60200;
  static constexpr unsigned kChain = 2, kEnd = 4, kOutside = 8;  ///< marks of SGP_EV_VISIT
  /// Pages of a call that are looked at at most; a table with more violates what is said of it.
  static constexpr std::uint64_t kMostPages = 512;

  /// An array that was given out where `there`; `live` until it is given back.
  struct Chunk {
    Bool there, live;
    Word number, bytes, pages;
    bool callers;
  };
  /// A slot that holds an entry of the table.
  struct Slot {
    Bool valid;
    Word place;   ///< as in SGP_EV_VISIT
    Wide before;  ///< slots before it
  };
  struct Visit {
    Bool there;
    Wide before;  ///< visits before it
    Word phys, bytes, marks, place;
  };
  /// A stretch of memory in a sequence of bytes.
  struct Part {
    Word start, bytes;
    Wide before;  ///< bytes before it
    Word kind;
  };
  struct PageUse {
    Bool there;
    Word phys, skip, bytes, kind;
  };

  // ----- numbers

  Word number(std::uint64_t value) const { return d_.word(value); }
  Wide wide(const Word& w) const { return d_.wide(w); }
  Wide wide(std::uint64_t value) const { return d_.wide(d_.word(value)); }
  Word error(const char* name) const { return number(0 - t_.facts->at(name)); }
  std::uint64_t page_size() const { return std::uint64_t{1} << t_.facts->at("PAGE_SHIFT"); }
  std::uint64_t entry_size() const { return t_.facts->at("SIZEOF_SCATTERLIST"); }
  Word only_if(const Bool& c, const Word& w) const { return d_.ite(c, w, number(0)); }
  Word smaller(const Word& a, const Word& b) const { return d_.ite(a < b, a, b); }
  Wide less(const Word& a, const Word& b) const { return wide(a) - wide(b); }

  Wide times(Wide value, std::uint64_t factor) const {
    Wide sum = wide(0);
    for (; factor != 0; factor /= 2) {
      if (factor % 2 != 0) sum = sum + value;
      if (factor > 1) value = value + value;
    }
    return sum;
  }

  void says(std::string_view invariant, std::string_view clause, std::string_view field,
            const Bool& applies, const Bool& holds, std::optional<Word> expected = {},
            std::optional<Word> observed = {}) {
    judge_.check(invariant, clause, {s_, {}, field}, applies,
                 Truth<D>::of(t_.steps[s_].done, holds), expected, observed);
  }
  void equal(std::string_view invariant, std::string_view clause, std::string_view field,
             const Bool& applies, const Word& expected, const Word& observed) {
    says(invariant, clause, field, applies, expected == observed, expected, observed);
  }

  // ----- chunks

  /// An array that the caller has is the first chunk.
  void begin(const Step<D>& op) {
    const bool makes = op.code == SGP_OP_TABLE_ALLOC || op.code == SGP_OP_TABLE_CHUNKS ||
                       (op.code == SGP_OP_TABLE_APPEND && how_ == SGP_OP_NOP);
    if (!makes) return;
    how_ = op.code;
    usable_ = yes_;
    pages_.clear();
    walked_.reset();
    if (op.code == SGP_OP_TABLE_CHUNKS) {
      const auto there = op.raw != number(0);
      Wide number_of = wide(1);
      for (const Chunk& chunk : chunks_) number_of = add_if(d_, number_of, chunk.there);
      chunks_.push_back({there, there, d_.low(number_of), d_.low(times(wide(op.raw), entry_size())),
                         number(0), true});
    }
  }

  void follow_chunks() {
    before_ = chunks_.size();
    failed_ = freed_ = no_;
    for (const Event<D>& e : t_.events) {
      if (e.step != s_) continue;
      if (e.kind == SGP_EV_CHUNK_ALLOC) {
        const auto there = e.guard & (e.ret != number(0));
        failed_ = failed_ | (e.guard & (e.ret == number(0)));
        chunks_.push_back({there, there, e.ret, e.a, e.b, false});
      } else if (e.kind == SGP_EV_CHUNK_FREE) {
        freed_ = freed_ | e.guard;
        says("LST-2", "free-exact", "calls of the allocator", e.guard, give_back(e));
      }
    }
  }

  /// A chunk is freed: may it be, in this way and at this size? 0 bytes: the size is not said.
  Bool give_back(const Event<D>& e) {
    auto may = no_;
    for (Chunk& chunk : chunks_) {
      const auto meant = chunk.there & (chunk.number == e.ret);
      if (!chunk.callers)
        may = may | (meant & chunk.live & (chunk.pages == e.b) &
                     ((e.a == number(0)) | (e.a == chunk.bytes)));
      chunk.live = chunk.live & !(e.guard & meant);
    }
    return may;
  }

  Bool all_released(std::size_t from = 0) const {
    auto kept = no_;
    for (std::size_t k = from; k < chunks_.size(); ++k)
      if (!chunks_[k].callers) kept = kept | chunks_[k].live;
    return !kept;
  }

  // ----- making, extending and freeing a table

  void judge_step(const Step<D>& op) {
    switch (op.code) {
      case SGP_OP_TABLE_ALLOC:
      case SGP_OP_TABLE_CHUNKS:
        return allocated(op);
      case SGP_OP_TABLE_APPEND:
        return appended(op);
      case SGP_OP_TABLE_FREE:
        says("LST-2", "released", "chunks", yes_, all_released());
        for (Chunk& chunk : chunks_) chunk.live = no_;
        how_ = SGP_OP_NOP;
        usable_ = no_;
        pages_.clear();
        walked_.reset();
        return;
      case SGP_OP_TABLE_WALK:
        return walked(op);
      case SGP_OP_TABLE_LENGTH:
        return counted_for_length(op);
      case SGP_OP_TABLE_PAGES:
        return pages_visited();
      case SGP_OP_TABLE_SPLIT:
        return split(op);
      case SGP_OP_TABLE_COPY_OUT:
      case SGP_OP_TABLE_COPY_IN:
      case SGP_OP_TABLE_ZERO:
      case SGP_OP_TABLE_MITER:
        return bytes_touched(op);
      default:
        return;
    }
  }

  void allocated(const Step<D>& op) {
    const bool plain = op.code == SGP_OP_TABLE_ALLOC;
    const auto none = op.length == number(0);
    equal("LST-2", "result", "return value", yes_,
          d_.ite(none, error("EINVAL"), only_if(failed_, error("ENOMEM"))), op.ret);
    usable_ = op.done & (op.ret == number(0));
    entries_ = op.length;
    counted_ = op.out_nents;
    if (plain) says("LST-2", "released", "chunks", !usable_, all_released());
    equal("LST-2", "count", "orig_nents", usable_, entries_, counted_);
    says("LST-2", "kept", "chunks", usable_, !freed_);
    shape(plain ? number(t_.facts->at("SG_MAX_SINGLE_ALLOC")) : op.offset);
  }

  /// The chunks have room for the entries and for a link in each but the last.
  void shape(const Word& most) {
    const auto longest = times(wide(most), entry_size());
    Wide bytes = wide(0), count = wide(0);
    auto fit = yes_, any = no_;
    for (const Chunk& chunk : chunks_) {
      Word used = chunk.bytes;
      if (chunk.callers)  // what the caller has is used up to its size
        used = smaller(used, d_.low(times(wide(entries_), entry_size())));
      else
        fit = fit & implies<D>(chunk.live, (wide(used) <= longest) & (used != number(0)));
      bytes = bytes + wide(only_if(chunk.live, used));
      count = add_if(d_, count, chunk.live);
      any = any | chunk.live;
    }
    says("LST-2", "shape", "entries of all chunks", usable_,
         any & (times(wide(entries_) + count, entry_size()) == bytes + wide(entry_size())));
    says("LST-2", "shape", "entries of a chunk", usable_, fit);
  }

  void appended(const Step<D>& op) {
    const auto before = usable_;  // it is not called again after a failure
    equal("LST-4", "result", "return value", before, only_if(failed_, error("ENOMEM")), op.ret);
    usable_ = before & op.done & (op.ret == number(0));
    walked_.reset();
    says("LST-2", "kept", "chunks", usable_, !freed_);
    counted_ = op.out_nents;
    const Word& asked = t_.devices.at(op.device).max_segment;
    longest_ = d_.ite(asked == number(0), number(kMaxSegment), asked);
    auto skip = op.offset, left = op.length;
    const auto pages = std::min(d_.at_most(op.raw), kMostPages);
    for (unsigned j = 0; j < pages; ++j) {
      const auto there = number(j) < op.raw;
      const auto bytes = only_if(there, smaller(left, d_.low(wide(page_size()) - wide(skip))));
      const Page<D>& page = t_.pages.at(op.page);
      Word phys = d_.low(wide(page.phys) + times(wide(op.attrs), j * page_size()));
      Word kind = page.kind;
      if (op.page + j < t_.pages.size()) {
        const auto apart = op.attrs == number(SGP_PAGES_APART);
        phys = d_.ite(apart, t_.pages[op.page + j].phys, phys);
        kind = d_.ite(apart, t_.pages[op.page + j].kind, kind);
      }
      pages_.push_back({there, phys, skip, bytes, kind});
      left = d_.low(less(left, bytes));
      skip = number(0);
    }
  }

  // ----- what a table shows

  /// The slots in which the first `most` entries must be: those of the chunks in the order in which
  /// they were given out; the last one of each chunk but the last is the link.
  std::vector<Slot> slots(std::size_t most) const {
    std::vector<Slot> all;
    Wide before = wide(0);
    for (std::size_t k = 0; k < chunks_.size(); ++k) {
      const Chunk& chunk = chunks_[k];
      auto linked = no_;
      for (std::size_t later = k + 1; later < chunks_.size(); ++later)
        linked = linked | chunks_[later].live;
      const auto link = wide(only_if(linked, number(entry_size())));
      const auto place = times(wide(chunk.number), 1 << 8);
      for (unsigned slot = 0; slot < most; ++slot) {
        const auto valid =
            chunk.live & (wide((slot + 1) * entry_size()) + link <= wide(chunk.bytes));
        all.push_back({valid, d_.low(place + wide(std::uint64_t{slot} << 32)), before});
        before = add_if(d_, before, valid);
      }
    }
    return all;
  }

  /// Visits of this step in list number `list`; `total` becomes how many.
  std::vector<Visit> visits(Wide& total, std::uint64_t list = 0) const {
    std::vector<Visit> all;
    total = wide(0);
    for (const Event<D>& e : t_.events) {
      if (e.step != s_ || e.kind != SGP_EV_VISIT) continue;
      const auto there = e.guard & (e.ret == number(1)) & ((e.d & number(0xff)) == number(list));
      all.push_back({there, total, e.a, e.b, e.c, e.d});
      total = add_if(d_, total, there);
    }
    return all;
  }

  void walked(const Step<D>& op) {
    const bool extended = how_ == SGP_OP_TABLE_APPEND;
    const auto wanted = extended ? counted_ : entries_;
    Wide total = wide(0);
    const auto all = visits(total);
    auto right = total == wide(wanted), end = !(total == wide(0));
    const auto places = slots(all.size());
    for (const Visit& v : all) {
      auto here = no_;
      for (const Slot& slot : places)
        here = here | (slot.valid & (slot.before == v.before) & (slot.place == v.place));
      right =
          right & implies<D>(v.there, here & ((v.marks & number(kChain | kOutside)) == number(0)));
      end = end & implies<D>(v.there, ((v.marks & number(kEnd)) != number(0)) ==
                                          (v.before + wide(1) == total));
    }
    says("LST-1", "entries", "entries visited", usable_, right, wanted, d_.low(total));
    says("LST-1", "end", "END mark", usable_, end);
    const auto fine = usable_ & op.done & right & end;  // the rest would say the same again
    equal("LST-3", "nents", "return value", fine, wanted, op.ret);
    equal("LST-3", "last", "entry that sg_last() returns", fine, wanted, op.out_nents);
    walked_ = all;
    fine_ = fine;
    if (extended) segments(fine, all);
  }

  std::vector<Part> reference() const {
    std::vector<Part> all;
    Wide before = wide(0);
    for (const PageUse& p : pages_) {
      all.push_back({d_.low(wide(p.phys) + wide(p.skip)), p.bytes, before, p.kind});
      before = before + wide(p.bytes);
    }
    return all;
  }

  /// Byte 0 of what was visited is byte `before` of the sequence.
  std::vector<Part> parts_of(const std::vector<Visit>& all, Wide before) const {
    std::vector<Part> parts;
    for (const Visit& v : all) {
      const auto bytes = only_if(v.there, v.bytes);
      parts.push_back({v.phys, bytes, before, number(0)});
      before = before + wide(bytes);
    }
    return parts;
  }

  Wide total(const std::vector<Part>& parts) const {
    return parts.empty() ? wide(0) : parts.back().before + wide(parts.back().bytes);
  }
  Wide end_of(const Part& part) const { return part.before + wide(part.bytes); }
  /// Whether some byte of the sequence is in both.
  Bool overlap(const Part& a, const Part& b) const {
    return (a.bytes != number(0)) & (b.bytes != number(0)) & !(end_of(a) <= b.before) &
           !(end_of(b) <= a.before);
  }
  /// Each byte that is in both has one address. Where two stretches overlap, all of the bytes do
  /// that one does.
  Bool agree(const std::vector<Part>& a, const std::vector<Part>& b) const {
    auto same = yes_;
    for (const Part& x : a)
      for (const Part& y : b)
        same =
            same & implies<D>(overlap(x, y), wide(x.start) + y.before == wide(y.start) + x.before);
    return same;
  }
  Bool one_owner(const std::vector<Part>& pages, const Part& segment) const {
    auto one = yes_, any = no_;
    Word owner = number(0);
    for (const Part& page : pages) {
      const auto here = overlap(page, segment);
      one = one & implies<D>(here & any, page.kind == owner);
      owner = d_.ite(here, page.kind, owner);
      any = any | here;
    }
    return one;
  }

  /// LST-4, on the segments that pages became.
  void segments(const Bool& fine, const std::vector<Visit>& all) {
    const auto wanted = reference(), seen = parts_of(all, wide(0));
    const auto same = (total(wanted) == total(seen)) & agree(wanted, seen);
    says("LST-4", "bytes", "bytes of the table", fine, same, d_.low(total(wanted)),
         d_.low(total(seen)));
    auto short_enough = yes_, empty = no_;
    for (const Visit& v : all) {
      short_enough = short_enough & implies<D>(v.there, v.bytes <= longest_);
      empty = empty | (v.there & (v.bytes == number(0)));
    }
    says("LST-4", "max-segment", "longest segment", fine, short_enough, longest_);
    says("LST-4", "no-empty", "length", fine, !empty);
    if (t_.facts->at("LINUX_VERSION_CODE") < kPgmapsSince) return;
    auto one = yes_;
    for (const Part& segment : seen) one = one & one_owner(wanted, segment);
    says("LST-4", "one-pgmap", "owner of the pages of a segment", fine & same, one);
  }

  void counted_for_length(const Step<D>& op) {
    if (!walked_) return;
    Word wanted = error("EINVAL"), n = number(0);
    Wide sum = wide(0);
    auto found = no_;
    for (const Visit& v : *walked_) {
      sum = sum + wide(only_if(v.there, v.bytes));
      n = d_.low(add_if(d_, wide(n), v.there));
      const auto here = v.there & !found & (wide(op.length) <= sum);
      wanted = d_.ite(here, n, wanted);
      found = found | here;
    }
    equal("LST-3", "nents-for-len", "return value", usable_ & fine_,
          d_.ite(op.length == number(0), number(0), wanted), op.ret);
  }

  void pages_visited() {
    if (how_ != SGP_OP_TABLE_APPEND) return;
    Wide seen = wide(0), wanted = wide(0);
    const auto all = visits(seen);
    std::vector<Wide> before;
    for (const PageUse& p : pages_) {
      before.push_back(wanted);
      wanted = add_if(d_, wanted, p.there);
    }
    auto right = seen == wanted;
    for (const Visit& v : all) {
      auto here = no_;
      for (std::size_t j = 0; j < pages_.size(); ++j)
        here = here | (pages_[j].there & (before[j] == v.before) & (pages_[j].phys == v.phys));
      right = right & implies<D>(v.there, here);
    }
    says("LST-6", "pages", "pages visited", usable_, right, d_.low(wanted), d_.low(seen));
  }

  void split(const Step<D>& op) {
    says("LST-5", "split-released", "chunks", usable_, all_released(before_));
    const auto bytes = reference();
    const auto first_end = wide(op.offset) + wide(op.length);
    const auto enough = first_end + wide(op.raw) <= total(bytes);
    const auto no_memory = error("ENOMEM"), invalid = error("EINVAL");
    says("LST-5", "split-result", "return value", usable_ & !enough,
         (op.ret == invalid) | (failed_ & (op.ret == no_memory)), invalid, op.ret);
    equal("LST-5", "split-result", "return value", usable_ & enough, only_if(failed_, no_memory),
          op.ret);
    const auto done = usable_ & enough & op.done & (op.ret == number(0));
    piece(done, 1, bytes, wide(op.offset), op.length);
    piece(done & (op.raw != number(0)), 2, bytes, first_end, op.raw);
  }

  /// One of the lists that a split gives: `size` bytes from byte `from` of the table on.
  void piece(const Bool& applies, std::uint64_t list, const std::vector<Part>& bytes,
             const Wide& from, const Word& size) {
    Wide count = wide(0);
    const auto all = visits(count, list);
    const auto seen = parts_of(all, from);
    const auto end = seen.empty() ? from : end_of(seen.back());
    says("LST-5", "split-bytes", "bytes of a part", applies,
         (end == from + wide(size)) & agree(bytes, seen), size, d_.low(end - from));
    auto legal = !(count == wide(0));
    for (const Visit& v : all) {
      const auto ends = (v.marks & number(kEnd)) != number(0);
      legal = legal & implies<D>(v.there, ((v.marks & number(kChain | kOutside)) == number(0)) &
                                              (v.bytes != number(0)) &
                                              (ends == (v.before + wide(1) == count)));
    }
    says("LST-5", "split-legal", "entries of a part", applies, legal);
  }

  /// Copying, zeroing and mapping: these bytes, in this order, and nothing else.
  void bytes_touched(const Step<D>& op) {
    const auto bytes = reference();
    const auto all = total(bytes), from = wide(op.offset);
    const auto rest = only_if(from <= all, d_.low(all - from));
    const auto wanted = smaller(op.length, rest);
    std::vector<Part> seen;
    Wide before = from;
    auto right = yes_, others = no_;
    for (const Event<D>& e : t_.events) {
      if (e.step != s_) continue;
      if (e.kind == SGP_EV_MEMORY) others = others | (e.guard & (e.c == number(0)));
      if (e.kind != SGP_EV_BYTES) continue;
      const auto count = only_if(e.guard, e.b);
      right = right & implies<D>(e.guard, e.c == number(1));
      seen.push_back({e.a, count, before, number(0)});
      before = before + wide(count);
    }
    equal("LST-5", "count", "return value", usable_, wanted, op.ret);
    says("LST-5", "bytes", "bytes touched", usable_,
         right & (before == from + wide(wanted)) & agree(bytes, seen), wanted,
         d_.low(before - from));
    says("LST-5", "nothing-else", "other memory", usable_, !others);
  }

  const Trace<D>& t_;
  const D& d_;
  Judge<D>& judge_;
  const Bool yes_, no_;
  unsigned s_ = 0;
  sgp_opcode how_ = SGP_OP_NOP;  ///< the operation that made the table; NOP: there is none
  Bool usable_ = no_, failed_ = no_, freed_ = no_, fine_ = no_;
  Word entries_ = d_.word(0), counted_ = entries_, longest_ = entries_;
  std::vector<Chunk> chunks_;
  std::size_t before_ = 0;  ///< chunks before the step
  std::vector<PageUse> pages_;
  std::optional<std::vector<Visit>> walked_;
};

/// All checks of LST that proofs make.
template <class D>
void lst_any(const Trace<D>& trace, Judge<D>& judge) {
  LstAny<D>(trace, judge).go();
}

}  // namespace sgproof::model

// ENC: encoding of page_link. ENC-1 to ENC-5, ENC-7 and ENC-8 of INVARIANTS.md.
#pragma once

#include "model/invariants/context.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

/// Whether a BUG stopped the run in step `s`.
template <class D>
typename D::Bool stopped_by_bug(const Trace<D>& t, unsigned s) {
  auto bug = t.domain->boolean(false);
  for (const Event<D>& e : t.events)
    if (e.step == s && (e.kind == SGP_EV_BUG || e.kind == SGP_EV_OOPS)) bug = bug | e.guard;
  return bug;
}

/// ENC-1: a page that was assigned reads back, for every page and every previous state. ENC-3: no
/// page pointer has a bit that is a mark.
template <class D>
void enc1(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code != SGP_OP_SET_PAGE && op.code != SGP_OP_ASSIGN_PAGE) continue;
    const auto pointer = t.pages[op.page].pointer;
    const auto always = d.boolean(true);
    const Subject subject{s, op.entry, "page"};
    const auto bug = stopped_by_bug(t, s);
    j.check("ENC-1", "completes", subject, always, Truth<D>::of(op.done | bug, !bug));
    j.equal("ENC-1", "read-back", subject, always, pointer, op.entries[op.entry].page);
    const auto mask = d.word(t.facts->link_mask());
    j.check("ENC-3", "page-bits", subject, always,
            Truth<D>::of(op.done | bug, (pointer & mask) == d.word(0)), d.word(0), pointer & mask);
    if (op.code == SGP_OP_SET_PAGE) {
      j.equal("ENC-7", "offset-kept", {s, op.entry, "offset"}, always, op.offset,
              op.entries[op.entry].offset);
      j.equal("ENC-7", "length-kept", {s, op.entry, "length"}, always, op.length,
              op.entries[op.entry].length);
    }
  }
}

/// ENC-2: what setting or clearing one mark must leave alone, and that it reads back.
template <class D>
void enc2(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0), one = d.word(1);
  const auto always = d.boolean(true);
  const bool has_bus = t.facts->has_bus_mark();
  for (unsigned s = 1; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    const auto& before = t.steps[s - 1].entries;
    if (op.code != SGP_OP_MARK_END && op.code != SGP_OP_UNMARK_END && op.code != SGP_OP_MARK_BUS &&
        op.code != SGP_OP_UNMARK_BUS)
      continue;
    for (unsigned i = 0; i < t.nents; ++i) {
      const EntryObs<D>&a = before[i], &b = op.entries[i];
      const bool self = i == op.entry;
      const auto was_link = a.is_chain != zero;
      const auto is_link = b.is_chain != zero;
      // the pointer, whether it is read as page or as link
      const auto pointer_before = d.ite(was_link, a.chain, a.page);
      const auto pointer_after = d.ite(is_link, b.chain, b.page);
      j.equal("ENC-2", "pointer-kept", {s, i, "page_link"}, always, pointer_before, pointer_after);
      j.equal("ENC-2", "offset-kept", {s, i, "offset"}, always, a.offset, b.offset);
      j.equal("ENC-2", "length-kept", {s, i, "length"}, always, a.length, b.length);
      auto last = a.is_last, chain = a.is_chain, bus = a.is_bus;
      if (self && op.code == SGP_OP_MARK_END) last = one, chain = zero;
      if (self && op.code == SGP_OP_UNMARK_END) last = zero;
      if (self && op.code == SGP_OP_MARK_BUS && has_bus) bus = one;
      if (self && op.code == SGP_OP_UNMARK_BUS && has_bus) bus = zero;
      j.equal("ENC-2", "end-mark", {s, i, "END mark"}, always, last, b.is_last);
      j.equal("ENC-2", "chain-mark", {s, i, "CHAIN mark"}, always, chain, b.is_chain);
      j.equal("ENC-2", "bus-mark", {s, i, "bus-address mark"}, always, bus, b.is_bus);
    }
  }
}

/// ENC-3: the masks of the marks are disjoint; a legal chain pointer has no bit that is a mark.
/// ENC-4: a chain pointer reads back, without END, offset or length.
template <class D>
void enc4(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  const std::uint64_t chain = t.facts->at("SG_CHAIN"), end = t.facts->at("SG_END"),
                      bus = t.facts->get("SG_PCI_P2PDMA", 0);
  // the marks of page_link, and those of dma_flags where the tree has such a word
  const std::uint64_t overlap =
      (chain & end) | (chain & bus) | (end & bus) |
      (t.facts->get("SG_DMA_BUS_ADDRESS", 0) & t.facts->get("SG_DMA_SWIOTLB", 0));
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code == SGP_OP_INIT)
      j.equal("ENC-3", "disjoint-masks", {s, {}, "flag masks"}, d.boolean(true), zero,
              d.word(overlap));
    if (op.code != SGP_OP_CHAIN) continue;
    // an entry of a table as allocated or declared: aligned as the type is
    const auto legal = (op.raw & d.word(t.facts->at("ALIGNOF_SCATTERLIST") - 1)) == zero;
    const EntryObs<D>& e = op.entries[op.entry];
    const auto mask = d.word(t.facts->link_mask());
    j.check("ENC-3", "chain-bits", {s, op.entry, "chain pointer"}, legal,
            Truth<D>::of(d.boolean(true), (op.raw & mask) == zero), zero, op.raw & mask);
    j.equal("ENC-4", "read-back", {s, op.entry, "chain pointer"}, legal, op.raw, e.chain);
    j.equal("ENC-4", "chain-mark", {s, op.entry, "CHAIN mark"}, legal, d.word(1), e.is_chain);
    j.equal("ENC-4", "no-end", {s, op.entry, "END mark"}, legal, zero, e.is_last);
    j.equal("ENC-4", "offset-cleared", {s, op.entry, "offset"}, legal, zero, e.offset);
    j.equal("ENC-4", "length-cleared", {s, op.entry, "length"}, legal, zero, e.length);
  }
}

/// ENC-5: a fresh table has no mark but the end, and an entry that is assigned while unmapped
/// claims no bus address.
template <class D>
void enc5(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  bool marked_by_hand = false;
  auto mapped = d.boolean(false);
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code == SGP_OP_MARK_BUS) marked_by_hand = true;
    if (op.code == SGP_OP_INIT) {
      marked_by_hand = false;
      for (unsigned i = 0; i < t.nents; ++i) {
        j.equal("ENC-5", "init-no-bus-mark", {s, i, "bus-address mark"}, d.boolean(true), zero,
                op.entries[i].is_bus);
        j.equal("ENC-5", "init-no-chain-mark", {s, i, "CHAIN mark"}, d.boolean(true), zero,
                op.entries[i].is_chain);
      }
    }
    if (is_map(op.code)) mapped = map_succeeded(t, s);
    if (op.code == SGP_OP_UNMAP) mapped = d.boolean(false);
    if ((op.code == SGP_OP_SET_PAGE || op.code == SGP_OP_ASSIGN_PAGE) && !marked_by_hand)
      j.equal("ENC-5", "assigned-unmarked", {s, op.entry, "bus-address mark"}, !mapped, zero,
              op.entries[op.entry].is_bus);
  }
}

/// ENC-7: the alignment BUG_ON fires for misaligned pointers, and only for them.
template <class D>
void enc7(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code != SGP_OP_ASSIGN_RAW) continue;
    const auto bug = stopped_by_bug(t, s);
    const auto known = op.done | bug;
    const auto misaligned = (op.raw & d.word(t.facts->link_mask())) != zero;
    const auto aligned = (op.raw & d.word(t.facts->at("ALIGNOF_PAGE") - 1)) == zero;
    j.check("ENC-7", "bug-on-misaligned", {s, op.entry, "page"}, misaligned,
            Truth<D>::of(known, bug));
    j.check("ENC-7", "no-bug-on-aligned", {s, op.entry, "page"}, aligned,
            Truth<D>::of(known, !bug));
  }
}

/// ENC-8: sg_phys() is the physical address of the page's first byte and the offset: neither wraps
/// nor is cut off, for segments that lie in the machine's memory.
template <class D>
void enc8(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code != SGP_OP_PHYS) continue;
    if (const auto a = assigned_before(t, s, op.entry))
      j.equal("ENC-8", "phys", {s, op.entry, "physical address"}, d.boolean(true),
              d.low(d.wide(t.pages[a->page].phys) + d.wide(a->offset)), op.ret);
  }
}

}  // namespace sgproof::model

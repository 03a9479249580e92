// SAF: memory safety, defined values, no BUG or WARN. REF: the trace is one that the reference
// semantics allows.
#pragma once

#include "model/invariants/enc.hpp"
#include "model/invariants/mapping.hpp"
#include "model/invariants/swt_any.hpp"
#include "model/invariants/sync.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

/// Input on which the kernel warns on purpose: RAM that the device cannot reach and that cannot be
/// bounced (kernel/dma/direct.h, dev_WARN_ONCE in dma_direct_map_page), and a partial sync that
/// ends behind its bounced mapping (kernel/dma/swiotlb.c, swiotlb_bounce); a slot that the device
/// cannot reach (there, swiotlb_map).
template <class D>
typename D::Bool warns_on_purpose(const Trace<D>& t, unsigned s) {
  auto result = t.domain->boolean(false);
  if (t.translated) return result;
  if (is_bounce_sync(t.steps[s].code)) return bounce_sync_ends_outside(t, s);
  if (t.steps[s].code == SGP_OP_BOUNCE_MAP) return !reaches_pool(t, s);
  if (is_part_sync(t.steps[s].code)) return part_ends_outside(t, s);
  if (!is_map(t.steps[s].code)) return result;
  for (const auto& seg : segments(t, s)) result = result | (seg.unreachable & !seg.is_p2p);
  for (const auto& seg : other_segments(t, s)) result = result | (seg.unreachable & !seg.is_p2p);
  return result;
}

/// SAF-1 to SAF-3 and SAF-5, on every step. CTX-1 where a debug kernel saw what may sleep, SAF-4
/// where a lock was seen to be kept on a booted one: other runs do not look, so they say nothing of
/// it.
template <class D>
void saf(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto may_sleep = d.word(1), locked = d.word(2);  // b of the event, see sgp_abi.h
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code == SGP_OP_NOP || op.code == SGP_OP_ANY_LIST) continue;
    auto oops = d.boolean(false), undef = oops, bug = oops, warn = oops, sleeps = oops, held = oops,
         endless = oops;
    for (const Event<D>& e : t.events) {
      if (e.step != s) continue;
      if (e.kind == SGP_EV_OOPS) oops = oops | e.guard;
      if (e.kind == SGP_EV_UNDEF) undef = undef | e.guard;
      if (e.kind == SGP_EV_BUG) bug = bug | e.guard;
      if (e.kind == SGP_EV_ENDLESS) endless = endless | e.guard;
      if (e.kind == SGP_EV_WARN) {
        warn = warn | (e.guard & !((e.b == may_sleep) | (e.b == locked)));
        held = held | (e.guard & (e.b == locked));
        sleeps = sleeps | (e.guard & (e.b == may_sleep));
      }
    }
    const auto reached = op.done | oops | undef | bug;
    const Subject call{s, {}, "execution"};
    j.check("SAF-1", "access", call, d.boolean(true), Truth<D>::of(reached, !oops));
    j.check("SAF-2", "defined", call, d.boolean(true), Truth<D>::of(reached, !undef));
    // ENC-7 says when sg_assign_page() must stop on an arbitrary pointer
    const auto legal = d.boolean(op.code != SGP_OP_ASSIGN_RAW);
    j.check("SAF-3", "no-bug", call, legal, Truth<D>::of(reached, !bug));
    j.check("SAF-3", "no-warn", call, legal & !warns_on_purpose(t, s),
            Truth<D>::of(reached, !warn));
    j.check("SAF-5", "ends", call, d.boolean(true), Truth<D>::of(reached | endless, !endless));
    if constexpr (std::is_same_v<D, ConcreteDomain>) {
      if (decide(sleeps))
        j.check("CTX-1", "does-not-sleep", call, d.boolean(true), Truth<D>::of(reached, !sleeps));
      if (decide(held))
        j.check("SAF-4", "locks", call, d.boolean(true), Truth<D>::of(reached, !held));
    }
  }
}

/// REF-1: fields after init, assignment, map, sync and unmap; what reaches swiotlb.
template <class D>
void ref1(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  const auto always = d.boolean(true);
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    for (unsigned i = 0; i < t.nents && !op.entries.empty(); ++i) {
      const EntryObs<D>& e = op.entries[i];
      if (op.code == SGP_OP_INIT) {
        j.equal("REF-1", "init", {s, i, "END mark"}, always, d.word(i + 1 == t.nents ? 1 : 0),
                e.is_last);
        j.equal("REF-1", "init", {s, i, "page"}, always, zero, e.page);
        j.equal("REF-1", "init", {s, i, "offset"}, always, zero, e.offset);
        j.equal("REF-1", "init", {s, i, "length"}, always, zero, e.length);
      }
      if (s == 0) continue;
      const EntryObs<D>& before = t.steps[s - 1].entries[i];
      const bool assigns = op.code == SGP_OP_SET_PAGE || op.code == SGP_OP_ASSIGN_PAGE;
      if (assigns) {
        j.equal("REF-1", "assign-marks", {s, i, "END mark"}, always, before.is_last, e.is_last);
        j.equal("REF-1", "assign-marks", {s, i, "CHAIN mark"}, always, before.is_chain, e.is_chain);
      }
      if ((assigns && i != op.entry) || op.code == SGP_OP_UNMAP || is_map(op.code) ||
          is_sync(op.code)) {
        j.equal("REF-1", "fields-kept", {s, i, "page"}, always, before.page, e.page);
        j.equal("REF-1", "fields-kept", {s, i, "offset"}, always, before.offset, e.offset);
        j.equal("REF-1", "fields-kept", {s, i, "length"}, always, before.length, e.length);
      }
    }
    // what the caller asked for reaches swiotlb; that nothing is copied twice is MAP-5's matter
    const auto kept = d.word(~t.facts->at("DMA_ATTR_SKIP_CPU_SYNC"));
    for (const Event<D>& e : t.events) {
      if (e.step != s) continue;
      const bool mapped = is_map(op.code) && e.kind == SGP_EV_SWIOTLB_MAP;
      const bool unmapped = op.code == SGP_OP_UNMAP && e.kind == SGP_EV_SWIOTLB_UNMAP;
      if (!mapped && !unmapped) continue;
      const auto asked = mapped ? op.attrs : op.attrs & kept;
      const auto given = mapped ? e.d : e.d & kept;
      j.equal("REF-1", "attributes", {s, {}, "attributes given to swiotlb"}, e.guard, asked, given);
      j.equal("REF-1", "direction", {s, {}, "direction given to swiotlb"}, e.guard, op.dir, e.c);
    }
  }
}

/// REF-1 of the direct mapping: the count of mapped entries, and which error a call returns.
template <class D>
void ref1_direct(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (!is_map(op.code)) continue;
    const auto segs = segments(t, s);
    if (segs.empty()) continue;
    if (op.code == SGP_OP_MAP_SGTABLE)
      j.equal("REF-1", "count", {s, {}, "sgt->nents"}, map_succeeded(t, s), d.word(t.nents),
              op.out_nents);
    else
      j.equal("REF-1", "count", {s, {}, "return value"}, map_succeeded(t, s), d.word(t.nents),
              op.ret);
    const auto first = first_obstacle(t, s);
    const auto pool_full = bounce_failed(t, s);
    auto error =
        d.ite(first.refused, d.word(0 - t.facts->at("EREMOTEIO")), d.word(0 - t.facts->at("EIO")));
    if (op.code == SGP_OP_MAP_SG) error = zero;
    j.equal("REF-1", "map-error", {s, {}, "return value"},
            (first.refused | first.unreachable) & !pool_full, error, op.ret);
    if (op.code == SGP_OP_MAP_SGTABLE)
      j.equal("REF-1", "pool-full", {s, {}, "return value"}, pool_full,
              d.word(0 - t.facts->at("EIO")), op.ret);
  }
}

}  // namespace sgproof::model

// What several invariants ask about a trace: what an entry was last given, and the state of the
// list before a step.
#pragma once

#include <optional>

#include "model/trace.hpp"

namespace sgproof::model {

/// What an entry holds before step `step`: the operands of the last assignment.
template <class D>
struct Assigned {
  unsigned page;  ///< index into Trace::pages
  typename D::Word offset, length;
};

/// The last assignment of entry `i` before step `step`; nothing if it was never assigned.
template <class D>
std::optional<Assigned<D>> assigned_before(const Trace<D>& t, unsigned step, unsigned i) {
  std::optional<Assigned<D>> last;
  for (unsigned s = 0; s < step; ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code == SGP_OP_INIT) last.reset();
    if (op.entry != i) continue;
    if (op.code == SGP_OP_SET_PAGE) last = Assigned<D>{op.page, op.offset, op.length};
    if (op.code == SGP_OP_ASSIGN_PAGE && last) last->page = op.page;
    if (op.code == SGP_OP_PRIOR)
      last = Assigned<D>{t.priors[i].page, t.priors[i].offset, t.priors[i].length};
  }
  return last;
}

inline bool is_map(sgp_opcode code) { return code == SGP_OP_MAP_SGTABLE || code == SGP_OP_MAP_SG; }

/// A call for the whole list.
inline bool is_list_sync(sgp_opcode code) {
  return code == SGP_OP_SYNC_CPU || code == SGP_OP_SYNC_DEVICE;
}

/// A call for a part of one entry.
inline bool is_part_sync(sgp_opcode code) {
  return code == SGP_OP_SYNC_PART_CPU || code == SGP_OP_SYNC_PART_DEVICE;
}

inline bool is_sync(sgp_opcode code) { return is_list_sync(code) || is_part_sync(code); }

/// Whether the operation is one on the table of the scenario.
constexpr bool is_table(sgp_opcode code) {
  return code >= SGP_OP_TABLE_ALLOC && code <= SGP_OP_TABLE_SPLIT;
}

/// Whether the operation is about the addresses of a domain that are not handed out.
constexpr bool is_iova(sgp_opcode code) {
  return code == SGP_OP_IOVA_WINDOW || code == SGP_OP_IOVA_SETUP;
}

/// Whether the operation is one on bounce buffers as code.
constexpr bool is_bounce(sgp_opcode code) {
  return code >= SGP_OP_BOUNCE_POOL && code <= SGP_OP_BOUNCE_LOOK;
}
constexpr bool is_bounce_map(sgp_opcode code) {
  return code == SGP_OP_BOUNCE_MAP || code == SGP_OP_BOUNCE_MAP_ALIGNED;
}
constexpr bool is_bounce_sync(sgp_opcode code) {
  return code == SGP_OP_BOUNCE_SYNC_CPU || code == SGP_OP_BOUNCE_SYNC_DEVICE;
}

/// The last map step before `step`; nothing if there is none.
template <class D>
std::optional<unsigned> map_before(const Trace<D>& t, unsigned step) {
  for (unsigned s = step; s-- > 0;)
    if (is_map(t.steps[s].code)) return s;
  return {};
}

/// Whether the map call of step `s` succeeded: dma_map_sgtable() returns 0, dma_map_sg_attrs() the
/// number of mapped entries, at least one and at most what it was given.
template <class D>
typename D::Bool map_succeeded(const Trace<D>& t, unsigned s) {
  const auto zero = t.domain->word(0);
  const Step<D>& step = t.steps[s];
  return step.code == SGP_OP_MAP_SGTABLE
             ? step.done & (step.ret == zero)
             : step.done & (step.ret != zero) & (step.ret <= t.domain->word(t.nents));
}

/// Whether the list has been mapped before step `s` (it is then being reused).
template <class D>
bool reused(const Trace<D>& t, unsigned s) {
  return map_before(t, s).has_value();
}

/// Whether a map call before step `s` failed: the list is then tried again.
template <class D>
typename D::Bool failed_before(const Trace<D>& t, unsigned s) {
  auto failed = t.domain->boolean(false);
  for (unsigned before = 0; before < s; ++before)
    if (is_map(t.steps[before].code))
      failed = failed | (t.steps[before].done & !map_succeeded(t, before));
  return failed;
}

/// Whether the list is mapped when step `s` begins: an unmap or sync call of that step is then
/// really performed.
template <class D>
typename D::Bool mapped_before(const Trace<D>& t, unsigned s) {
  for (unsigned before = s; before-- > 0;) {
    if (t.steps[before].code == SGP_OP_UNMAP) break;
    if (is_map(t.steps[before].code)) return map_succeeded(t, before);
  }
  return t.domain->boolean(false);
}

template <class D>
typename D::Bool implies(const typename D::Bool& a, const typename D::Bool& b) {
  return (!a) | b;
}

/// Counts where `guard` holds, as a number that can be compared with 1 and 0.
template <class D>
typename D::Wide add_if(const D& d, const typename D::Wide& sum, const typename D::Bool& guard) {
  return sum + d.wide(d.ite(guard, d.word(1), d.word(0)));
}

}  // namespace sgproof::model

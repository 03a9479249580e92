#include "model/invariants/swt.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "model/invariants/sync.hpp"

namespace sgproof::model {
namespace {

using D = ConcreteDomain;
using Number = std::uint64_t;

constexpr Number kRefused = ~Number{0};

Number value(const D::Word& word) { return word.value(); }

/// A bounced mapping, as the map call made it.
struct Mapping {
  Number buffer = 0, size = 0, slot = 0;
};

/// Bytes of one mapping that an operation copied, or must.
struct Bytes {
  Copied how = Copied::Nothing;
  Number first = 0, count = 0;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

class Judged {
 public:
  Judged(const Trace<D>& t, Judge<D>& judge) : t_(t), judge_(judge) {}

  void go() {
    for (unsigned s = 0; s < t_.steps.size(); ++s) {
      const auto code = t_.steps[s].code;
      if (!is_map(code) && !is_sync(code) && code != SGP_OP_UNMAP) continue;
      if (!decide(t_.steps[s].done) || !looked_at(s)) continue;
      outside(s);
      if (code == SGP_OP_UNMAP || (is_map(code) && !decide(map_succeeded(t_, s)))) all_free(s);
      if (is_map(code)) {
        largest(s);
        mapped(s);
      } else if (const auto map = map_before(t_, s); map && decide(mapped_before(t_, s))) {
        for (const Mapping& m : mappings(*map)) copied(s, *map, m);
      }
    }
  }

 private:
  void says(std::string_view invariant, std::string_view clause, unsigned step,
            std::string_view field, bool holds, std::optional<Number> expected = {},
            std::optional<Number> observed = {}) {
    const auto word = [](std::optional<Number> n) {
      return n ? std::optional(D::Word(*n)) : std::nullopt;
    };
    judge_.check(invariant, clause, {step, {}, field}, ConcreteBool(true),
                 Truth<D>::of(ConcreteBool(true), ConcreteBool(holds)), word(expected),
                 word(observed));
  }

  template <class F>
  void each(unsigned s, sgp_event_kind kind, const F& f) const {
    for (const Event<D>& e : t_.events)
      if (e.step == s && e.kind == kind && decide(e.guard)) f(e);
  }

  /// Whether the machine looked at memory in this step.
  [[nodiscard]] bool looked_at(unsigned s) const {
    bool any = false;
    each(s, SGP_EV_BYTES, [&](const Event<D>&) { any = true; });
    return any;
  }

  [[nodiscard]] std::vector<Mapping> mappings(unsigned map) const {
    std::vector<Mapping> all;
    each(map, SGP_EV_SWIOTLB_MAP, [&](const Event<D>& e) {
      if (value(e.ret) != t_.facts->at("DMA_MAPPING_ERROR"))
        all.push_back({value(e.a), value(e.b), value(e.ret)});
    });
    return all;
  }

  [[nodiscard]] std::optional<Bytes> seen(unsigned s, Number slot) const {
    std::optional<Bytes> bytes;
    each(s, SGP_EV_BYTES, [&](const Event<D>& e) {
      const auto how = static_cast<Copied>(value(e.c));
      if (value(e.a) == slot && slot != 0 && how != Copied::LargestMapping)
        bytes = Bytes{how, value(e.d), value(e.b)};
    });
    return bytes;
  }

  [[nodiscard]] bool skips_sync(unsigned s) const {
    return (value(t_.steps[s].attrs) & t_.facts->at("DMA_ATTR_SKIP_CPU_SYNC")) != 0;
  }

  /// SWT-2: what is not of a mapping does not change.
  void outside(unsigned s) {
    std::optional<Number> at;
    each(s, SGP_EV_MEMORY, [&](const Event<D>& e) { at = value(e.a); });
    says("SWT-2", "nothing-outside", s, "memory outside the mappings", !at, {}, at);
  }

  /// SWT-3: nothing of the list is mapped, so every slot that it had is free.
  void all_free(unsigned s) {
    each(s, SGP_EV_BYTES, [&](const Event<D>& e) {
      if (value(e.a) == 0)
        says("SWT-3", "slots-free", s, "slots that are still taken", value(e.ret) == 0, 0,
             value(e.ret));
    });
  }

  /// SWT-3: a mapping of the advertised size fits a pool that nothing is taken of.
  void largest(unsigned s) {
    each(s, SGP_EV_BYTES, [&](const Event<D>& e) {
      if (static_cast<Copied>(value(e.c)) == Copied::LargestMapping)
        says("SWT-3", "largest-fits", s, "largest mapping", value(e.a) != kRefused, {}, value(e.b));
    });
  }

  void mapped(unsigned s) {
    const Number mask = value(t_.devices[t_.steps[s].device].min_align);
    const Number start = value(t_.swiotlb_start), end = value(t_.swiotlb_end);
    for (const Mapping& m : mappings(s)) {
      says("SWT-1", "aligned", s, "low bits of the slot", (m.slot & mask) == (m.buffer & mask),
           m.buffer & mask, m.slot & mask);
      says("SWT-1", "inside-pool", s, "address of the slot",
           m.slot >= start && m.slot < end && m.size <= end - m.slot, {}, m.slot);
      const auto bytes = seen(s, m.slot);
      // also where the device writes: what it leaves must come back as it was
      if (bytes && !skips_sync(s))
        says("SWT-2", "mapped-bytes", s, "bytes in the slot", bytes->count == m.size, m.size,
             bytes->count);
    }
  }

  /// SWT-2: a sync or unmap copies exactly the bytes that it must.
  void copied(unsigned s, unsigned map, const Mapping& m) {
    const auto bytes = seen(s, m.slot);
    if (!bytes) return;
    const Bytes wanted = must_copy(s, map, m);
    if (is_part_sync(t_.steps[s].code) && wanted.first + wanted.count > m.size)
      return within(s, *bytes, wanted);
    says("SWT-2", "direction", s, "direction of the copy", bytes->how == wanted.how,
         static_cast<Number>(wanted.how), static_cast<Number>(bytes->how));
    says("SWT-2", "bytes", s, "bytes that were copied", bytes->count == wanted.count, wanted.count,
         bytes->count);
    says("SWT-2", "first-byte", s, "first byte that was copied", bytes->first == wanted.first,
         wanted.first, bytes->first);
  }

  /// A part that ends behind its mapping: what is copied of the mapping lies in the part.
  void within(unsigned s, const Bytes& bytes, const Bytes& wanted) {
    says("SWT-2", "too-long", s, "bytes that were copied",
         bytes.how == Copied::Nothing || (bytes.how == wanted.how && bytes.first >= wanted.first),
         {}, bytes.first);
  }

  [[nodiscard]] Bytes must_copy(unsigned s, unsigned map, const Mapping& m) const {
    const Step<D>& op = t_.steps[s];
    const bool to_slot = is_sync(op.code) && event_of_sync(op.code) == SGP_EV_SWIOTLB_SYNC_DEV;
    if (value(op.dir) == t_.facts->at(to_slot ? "DMA_FROM_DEVICE" : "DMA_TO_DEVICE")) return {};
    if (op.code == SGP_OP_UNMAP && skips_sync(s)) return {};
    const auto how = to_slot ? Copied::ToSlot : Copied::ToBuffer;
    if (!is_part_sync(op.code)) return {how, 0, m.size};
    if (value(t_.steps[map].entries[op.entry].dma_address) != m.slot) return {};
    return {how, value(op.offset), value(op.length)};
  }

  const Trace<D>& t_;
  Judge<D>& judge_;
};

}  // namespace

bool is_booted_only(std::string_view invariant) {
  return invariant == "SWT-1" || invariant == "SWT-2" || invariant == "SWT-3";
}

void swt(const Trace<ConcreteDomain>& trace, Judge<ConcreteDomain>& judge) {
  if (!trace.translated) Judged(trace, judge).go();
}

}  // namespace sgproof::model

#include "gate/export/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/error.hpp"
#include "model/judge.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

constexpr std::int64_t kEio = 5, kEremoteio = 121;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::Unsupported, "SGP-E0620", "export", why);
}

bool is_32_bit(const About& about) { return about.config.starts_with("i386"); }

/// Constants that are the same in every tree; nothing is extracted for an export.
model::Facts facts_of(const About& about) {
  const bool wide = !is_32_bit(about);
  model::Facts f;
  f.values = {{"WORD_BITS", wide ? 64 : 32},
              {"SG_CHAIN", 1},
              {"SG_END", 2},
              {"SG_PAGE_LINK_MASK", 3},
              {"ALIGNOF_PAGE", wide ? 8 : 4},
              {"ALIGNOF_SCATTERLIST", wide ? 8 : 4},
              {"SIZEOF_DMA_ADDR_T", wide ? 8 : 4},
              {"DMA_MAPPING_ERROR", ~0ULL},
              {"DMA_ATTR_SKIP_CPU_SYNC", 1U << 5},
              {"DMA_TO_DEVICE", 1},
              {"EINVAL", 22},
              {"ENOMEM", 12},
              {"EIO", static_cast<std::uint64_t>(kEio)},
              {"EREMOTEIO", static_cast<std::uint64_t>(kEremoteio)}};
  if (wide) f.kconfig["PCI_P2PDMA"] = "y";
  return f;
}

/// Executes a scenario as a correct kernel does, with the addresses of the scenario's own world.
class Simulator {
 public:
  Simulator(const sgp_scenario& s, const model::Facts& facts) : s_(s), facts_(facts) {
    report_.magic = SGP_MAGIC_REPORT;
    report_.id = s.id;
    report_.status = SGP_STATUS_COMPLETE;
    report_.nents = s.nents;
    report_.nops = s.nops;
    report_.world = s.world;
    for (std::size_t i = 0; i < s.npages; ++i)
      report_.pages[i] = {.pointer = pointer_of(i),
                          .phys = s.world.pages[i].pfn << 12,
                          .kind = s.world.pages[i].kind};
    list_.resize(s.nents);
  }

  Reference run() {
    for (step_ = 0; step_ < s_.nops; ++step_) {
      StepState state;
      perform(s_.ops[step_], state);
      state.entries = list_;
      write(state);
      out_.steps.push_back(std::move(state));
    }
    judge();
    return std::move(out_);
  }

 private:
  /// Any numbers that are equal where the pages are equal; aligned as pages are.
  [[nodiscard]] std::uint64_t pointer_of(std::size_t page) const {
    const bool wide = facts_.at("WORD_BITS") == 64;
    return (wide ? 0xffffea0000000000ULL : 0xc0000000ULL) + s_.world.pages[page].pfn * 64;
  }

  void perform(const sgp_op& op, StepState& state) {
    EntryState& e = list_[op.entry];
    switch (op.code) {
      case SGP_OP_INIT:
        for (EntryState& entry : list_) entry = {};
        list_.back().is_last = true;
        by_hand_ = false;
        break;
      case SGP_OP_PRIOR: {
        const sgp_prior& p = s_.world.prior[op.entry];
        assign(e, static_cast<unsigned>(p.page));
        e.offset = p.offset, e.length = p.length;
        break;
      }
      case SGP_OP_SET_PAGE:
        assign(e, static_cast<unsigned>(op.page));
        e.offset = op.offset, e.length = op.length;
        break;
      case SGP_OP_ASSIGN_PAGE:
        assign(e, static_cast<unsigned>(op.page));
        break;
      case SGP_OP_ASSIGN_RAW:
        if (op.raw % (facts_.at("WORD_BITS") == 64 ? 16 : 4) != 0)
          refuse(
              fmt::format("step {}: on a pointer that is no page's the kernel stops with BUG(), "
                          "which no test survives",
                          step_));
        e.page.reset();
        e.raw = op.raw;
        break;
      case SGP_OP_MARK_END:
        e.is_last = true, e.is_chain = false;
        break;
      case SGP_OP_UNMARK_END:
        e.is_last = false;
        break;
      case SGP_OP_CHAIN:
        e = {};
        e.raw = op.raw;
        e.is_chain = e.bus_open = true;
        break;
      case SGP_OP_MARK_BUS:
      case SGP_OP_UNMARK_BUS:
        e.is_bus = op.code == SGP_OP_MARK_BUS && facts_.has_bus_mark();
        e.bus_open = false;
        e.by_hand = op.code == SGP_OP_MARK_BUS;
        by_hand_ |= op.code == SGP_OP_MARK_BUS;
        break;
      case SGP_OP_PHYS:
        if (!e.page) refuse(fmt::format("step {}: an entry without a page is asked for it", step_));
        state.ret = static_cast<std::int64_t>(report_.pages[*e.page].phys + e.offset);
        break;
      case SGP_OP_MAP_SGTABLE:
      case SGP_OP_MAP_SG:
        map(op, state);
        break;
      case SGP_OP_UNMAP:
        unmap(op, state);
        break;
      case SGP_OP_SYNC_CPU:
      case SGP_OP_SYNC_DEVICE:
      case SGP_OP_SYNC_PART_CPU:
      case SGP_OP_SYNC_PART_DEVICE:
        sync(op, state);
        break;
      default:
        break;
    }
  }

  void assign(EntryState& e, unsigned page) const {
    e.page = page;
    e.raw = 0;
    e.place = Place::None;
    e.by_hand = false;
    // what a mark that was set by hand becomes is left open
    if (by_hand_ || mapped_)
      e.bus_open = true;
    else
      e.is_bus = e.bus_open = false;
  }

  void map(const sgp_op& op, StepState& state) {
    const auto trace = model::concrete_trace(s_, report_, facts_);
    const auto segments = model::segments(trace, step_);
    if (segments.empty()) refuse(fmt::format("step {}: an entry without a page is mapped", step_));
    for (const EntryState& e : list_)
      if (e.length == 0) refuse(fmt::format("step {}: a segment without bytes is mapped", step_));
    std::int64_t error = 0;
    const auto first_event = report_.nevents;
    for (std::size_t i = 0; i < segments.size() && error == 0; ++i) {
      const auto& seg = segments[i];
      EntryState& e = list_[i];
      if (decide(seg.refused)) error = kEremoteio;
      if (decide(seg.unreachable)) error = kEio;
      if (error != 0) break;
      e.place = decide(seg.bus) ? Place::Bus : decide(seg.direct) ? Place::Direct : Place::Slot;
      sgp_entry_obs& obs = addresses_[i];
      obs.dma_address = (report_.pages[*e.page].phys + e.offset);
      if (e.place == Place::Bus) obs.dma_address = seg.bus_address.value();
      if (e.place == Place::Slot) {
        const auto slot = s_.world.choices[std::min<std::size_t>(out_.bounces++, 15)];
        event({SGP_EV_SWIOTLB_MAP, step_, obs.dma_address, e.length, op.dir, op.attrs, slot});
        obs.dma_address = slot;
        if (slot == ~0ULL) error = kEio;  // refused by the realisation
      }
      obs.dma_length = e.length;
    }
    mapped_ = state.mapped = error == 0;
    if (error == 0) {
      for (std::size_t i = 0; i < list_.size(); ++i) {
        list_[i].is_bus = list_[i].place == Place::Bus;
        list_[i].bus_open = list_[i].by_hand = false;
      }
      state.ret = op.code == SGP_OP_MAP_SG ? static_cast<std::int64_t>(s_.nents) : 0;
      return;
    }
    const auto last_event = report_.nevents;
    for (auto k = first_event; k < last_event && k < SGP_MAX_EVENTS; ++k)
      if (report_.events[k].ret != ~0ULL) give_back(report_.events[k], op, true);
    for (EntryState& e : list_) {
      e.place = Place::None;
      e.is_bus = e.bus_open = e.by_hand = false;
    }
    state.ret = op.code == SGP_OP_MAP_SG ? 0 : -error;
  }

  void unmap(const sgp_op& op, StepState& state) {
    if (!mapped_) return;
    mapped_ = false;
    state.mapped = true;
    for (auto k = report_.nevents; k-- > 0;)
      if (report_.events[k].kind == SGP_EV_SWIOTLB_MAP && report_.events[k].step == last_map())
        give_back(report_.events[k], op, false);
    for (EntryState& e : list_) {
      e.place = Place::None;
      e.is_bus = e.bus_open = e.by_hand = false;
    }
  }

  void sync(const sgp_op& op, StepState& state) {
    const auto code = static_cast<sgp_opcode>(op.code);
    state.mapped = mapped_ && !(model::is_part_sync(code) && list_[op.entry].is_bus);
    if (!state.mapped) return;
    const auto kind = model::event_of_sync(code);
    if (model::is_part_sync(code)) {
      if (list_[op.entry].place == Place::Slot)
        event({kind, step_, addresses_[op.entry].dma_address + op.offset, op.length, op.dir, 0, 0});
      return;
    }
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (list_[i].place == Place::Slot)
        event({kind, step_, addresses_[i].dma_address, list_[i].length, op.dir, 0, 0});
  }

  [[nodiscard]] std::uint64_t last_map() const {
    for (unsigned s = step_; s-- > 0;)
      if (s_.ops[s].code == SGP_OP_MAP_SG || s_.ops[s].code == SGP_OP_MAP_SGTABLE) return s;
    return step_;
  }

  void give_back(const sgp_event& map, const sgp_op& op, bool failed) {
    const std::uint64_t attrs = op.attrs | (failed ? facts_.at("DMA_ATTR_SKIP_CPU_SYNC") : 0);
    event({SGP_EV_SWIOTLB_UNMAP, step_, map.ret, map.b, op.dir, attrs, 0});
  }

  void event(const sgp_event& e) {
    if (report_.nevents >= SGP_MAX_EVENTS) refuse("the scenario bounces too often");
    report_.events[report_.nevents++] = e;
  }

  void write(const StepState& state) {
    sgp_step& step = report_.steps[step_];
    step.done = 1;
    step.ret = static_cast<std::uint64_t>(state.ret);
    if (s_.ops[step_].code == SGP_OP_MAP_SGTABLE) step.out_nents = s_.nents;
    for (std::size_t i = 0; i < state.entries.size(); ++i) {
      const EntryState& e = state.entries[i];
      sgp_entry_obs& obs = step.entries[i];
      obs = addresses_[i];
      const std::uint64_t pointer = e.page ? pointer_of(*e.page) : e.raw;
      obs.page = e.is_chain ? 0 : pointer;
      obs.chain = e.is_chain ? pointer : 0;
      obs.offset = e.offset;
      obs.length = e.length;
      obs.is_bus = e.is_bus ? 1 : 0;
      obs.is_chain = e.is_chain ? 1 : 0;
      obs.is_last = e.is_last ? 1 : 0;
    }
  }

  /// What the invariants look at in this run; all of it must hold, or the run is not a correct one.
  void judge() {
    const auto trace = model::concrete_trace(s_, report_, facts_);
    for (const auto& check : model::judge_all(trace)) {
      if (!decide(check.applies)) continue;
      const auto claim = fmt::format("{} {}", check.invariant, check.clause);
      if (!decide(check.truth.holds))
        refuse(fmt::format("step {}: the reference semantics leaves {} open here",
                           check.subject.step, claim));
      note({check.subject.step, check.subject.entry, field_of(check), {claim}});
    }
    std::ranges::stable_sort(out_.assertions, {}, &Assertion::step);
  }

  template <class C>
  static std::string field_of(const C& check) {
    if (check.clause == "page-bits" || check.clause == "chain-bits") return "pointer bits";
    return std::string(check.subject.field);
  }

  void note(Assertion a) {
    static constexpr std::array<std::string_view, 13> kSeen = {
        "page",       "page_link",    "chain pointer",   "pointer bits", "offset",
        "length",     "dma_address",  "dma_length",      "END mark",     "CHAIN mark",
        "sgt->nents", "return value", "bus-address mark"};
    if (std::ranges::find(kSeen, a.field) == kSeen.end()) return;
    if (a.field == "bus-address mark" && out_.steps[a.step].entries[*a.entry].bus_open) return;
    for (Assertion& known : out_.assertions)
      if (known.step == a.step && known.entry == a.entry && known.field == a.field) {
        if (std::ranges::find(known.claims, a.claims.front()) == known.claims.end())
          known.claims.push_back(a.claims.front());
        return;
      }
    out_.assertions.push_back(std::move(a));
  }

  const sgp_scenario& s_;
  const model::Facts& facts_;
  unsigned step_ = 0;
  bool by_hand_ = false;  ///< some entry was marked as a bus address by hand
  bool mapped_ = false;
  std::vector<EntryState> list_;
  std::array<sgp_entry_obs, SGP_MAX_NENTS> addresses_{};
  sgp_report report_{};
  Reference out_;
};

}  // namespace

Reference reference_run(const TraceFile& trace) {
  if (trace.scenario.world.iommu != 0)
    throw Error(ErrorKind::Unsupported, "SGP-E0622", "export",
                "no test makes this world: the devices are behind an IOMMU")
        .hint("`sgproof replay` executes the trace on a booted kernel with one");
  const auto facts = facts_of(trace.about);
  return Simulator(trace.scenario, facts).run();
}

unsigned effective_type(const sgp_world& world, unsigned device, unsigned provider) {
  const auto redirects = [](std::uint64_t acs) { return acs > SGP_ACS_HARMLESS; };
  const sgp_device& d = world.devices[device];
  const sgp_provider& p = world.providers[provider];
  if (d.is_pci == 0) return SGP_TYPE_NOT_SUPPORTED;
  if (p.cached_type[device] != 0) return static_cast<unsigned>(p.cached_type[device]);
  if (p.same_switch[device] != 0 && !redirects(d.port_acs) && !redirects(p.port_acs))
    return SGP_TYPE_BUS_ADDR;
  return world.cpu_forwards_p2p != 0 ? SGP_TYPE_THRU_HOST_BRIDGE : SGP_TYPE_NOT_SUPPORTED;
}

}  // namespace sgproof::gate

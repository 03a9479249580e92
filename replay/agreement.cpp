#include "replay/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <span>
#include <utility>

namespace sgproof::replay {
namespace {

std::span<const sgp_event> events_of(const sgp_report& report) {
  return {report.events, std::min<std::size_t>(report.nevents, SGP_MAX_EVENTS)};
}

bool has_event(const sgp_report& report, sgp_event_kind kind) {
  return std::ranges::any_of(events_of(report), [&](const sgp_event& e) { return e.kind == kind; });
}

/// Pages and providers that the booted machine did not realise, since no operation refers to them,
/// must not lie over what is there: such a page becomes one that is there, a provider goes away.
void put_aside_what_is_not_there(sgp_scenario& scenario, const sgp_report& booted) {
  constexpr std::uint64_t kNowhere = std::uint64_t{1} << 51;
  constexpr std::uint64_t kPageShift = 12;
  std::array<bool, SGP_MAX_PROVIDERS> there{};
  sgp_page some{};
  for (std::uint64_t j = 0; j < SGP_MAX_PAGES; ++j) {
    if (booted.pages[j].pointer == 0) continue;
    some = scenario.world.pages[j];
    if (some.kind != 0 && some.kind <= SGP_MAX_PROVIDERS) there.at(some.kind - 1) = true;
  }
  for (std::uint64_t j = 0; j < SGP_MAX_PAGES; ++j)
    if (booted.pages[j].pointer == 0) scenario.world.pages[j] = some;
  for (std::uint64_t p = 0; p < SGP_MAX_PROVIDERS; ++p) {
    auto& provider = scenario.world.providers[p];
    if (there.at(p)) continue;
    provider.cpu_start = provider.bus_start = kNowhere + ((p + 1) << 40);
    provider.size = std::uint64_t{1} << kPageShift;
    provider.same_switch[0] = 1;
    provider.same_switch[1] = 0;
  }
}

bool maps_for(const sgp_scenario& scenario, std::uint64_t device) {
  const std::span ops(scenario.ops, std::min<std::size_t>(scenario.nops, SGP_MAX_OPS));
  return std::ranges::any_of(ops, [&](const sgp_op& op) {
    return op.device == device && (op.code == SGP_OP_MAP_SG || op.code == SGP_OP_MAP_SGTABLE);
  });
}

/// The contracts know one client per switch, the machine has two. For a client whose map type is
/// cached, or that maps nothing, the switch is not looked at.
void separate_switches(sgp_provider& provider, const sgp_scenario& scenario) {
  for (std::uint64_t d = 0; d < SGP_MAX_DEVICES; ++d)
    if (provider.cached_type[d] != 0 || !maps_for(scenario, d))
      provider.same_switch[d] = provider.same_switch[1 - d] == 0 ? 1 : 0;
}
static_assert(SGP_MAX_DEVICES == 2);

/// A statement that fires may span lines: debug information names its first, the bug table its
/// last.
constexpr std::uint64_t kStatementLines = 8;

bool same_statement(std::uint64_t native, std::uint64_t booted) {
  return native <= booted && booted - native < kStatementLines;
}

/// Stands for a page pointer in comparisons: the page's index, far from any pointer.
constexpr std::uint64_t kPageName = 0xffff'0000'0000'0000;

/// A page pointer by the page that it is; other values (none, raw pointers) by themselves.
std::uint64_t page_name(const sgp_report& own, const sgp_report& booted, std::uint64_t pointer) {
  for (std::uint64_t j = 0; j < SGP_MAX_PAGES; ++j)
    if (booted.pages[j].pointer != 0 && own.pages[j].pointer == pointer) return kPageName + j;
  return pointer;
}

/// Whether some entry points to neither a page nor what the scenario names, whatever its marks:
/// code that is wrong made it of pointers, and those are each machine's own. `own` is the run that
/// is looked at.
bool has_mixed_pointers(const sgp_scenario& scenario, const sgp_report& own,
                        const sgp_report& booted) {
  constexpr std::uint64_t kMarks = 7;
  const std::span ops(scenario.ops, std::min<std::size_t>(scenario.nops, SGP_MAX_OPS));
  const auto strange = [&](std::uint64_t pointer) {
    return (pointer | kMarks) != kMarks && page_name(own, booted, pointer) == pointer &&
           std::ranges::none_of(
               ops, [&](const sgp_op& op) { return (op.raw | kMarks) == (pointer | kMarks); });
  };
  bool initialised = false;
  for (std::size_t s = 0; s < ops.size() && own.steps[s].done == 1; ++s) {
    initialised |= ops[s].code == SGP_OP_INIT;
    const std::span entries(own.steps[s].entries,
                            std::min<std::size_t>(scenario.nents, SGP_MAX_NENTS));
    if (initialised &&
        std::ranges::any_of(entries, [&](const sgp_entry_obs& e) { return strange(e.page); }))
      return true;
  }
  return false;
}

class Comparison {
 public:
  Comparison(const sgp_scenario& scenario, const sgp_report& native, const sgp_report& booted)
      : scenario_(scenario), native_(native), booted_(booted) {}

  std::vector<Difference> go() {
    bool initialised = false;
    for (std::uint64_t s = 0; s < std::min<std::uint64_t>(scenario_.nops, SGP_MAX_OPS); ++s) {
      const sgp_step& native = native_.steps[s];
      const sgp_step& booted = booted_.steps[s];
      same(s, "completion", native.done, booted.done);
      if (native.done != 1 || booted.done != 1) break;
      initialised |= scenario_.ops[s].code == SGP_OP_INIT;
      same(s, "return value", native.ret, booted.ret);
      same(s, "nents", native.out_nents, booted.out_nents);
      if (!initialised) continue;
      for (std::uint64_t i = 0; i < std::min<std::uint64_t>(scenario_.nents, SGP_MAX_NENTS); ++i)
        entry(s, i, native.entries[i], booted.entries[i]);
    }
    events();
    return std::move(all_);
  }

 private:
  void same(std::uint64_t step, std::string field, std::uint64_t native, std::uint64_t booted) {
    if (native != booted) all_.push_back({step, std::move(field), native, booted});
  }

  void entry(std::uint64_t step, std::uint64_t i, const sgp_entry_obs& native,
             const sgp_entry_obs& booted) {
    const auto field = [&](const char* name, std::uint64_t a, std::uint64_t b) {
      if (a != b) same(step, fmt::format("entry {} {}", i, name), a, b);
    };
    field("page", page_name(native_, booted_, native.page),
          page_name(booted_, booted_, booted.page));
    field("chain", native.chain, booted.chain);
    field("offset", native.offset, booted.offset);
    field("length", native.length, booted.length);
    field("dma_address", native.dma_address, booted.dma_address);
    field("dma_length", native.dma_length, booted.dma_length);
    field("bus mark", native.is_bus, booted.is_bus);
    field("chain mark", native.is_chain, booted.is_chain);
    field("end mark", native.is_last, booted.is_last);
  }

  /// What both sides can see. Only a machine has devices that transfer, and memory, which it looks
  /// at beside the operations on a list; on a table such events are the operation's own.
  [[nodiscard]] std::vector<sgp_event> comparable(const sgp_report& report) const {
    std::vector<sgp_event> all;
    for (const sgp_event& e : events_of(report)) {
      const bool of_list =
          e.step < scenario_.nops && scenario_.ops[e.step].code < SGP_OP_TABLE_ALLOC;
      if (e.kind == SGP_EV_TRANSFER || e.kind == SGP_EV_IOMMU_FAULT) continue;
      // SGP_EV_VISIT of a list: how many entries dma_unmap_sg_attrs() was given
      if (of_list && (e.kind == SGP_EV_BYTES || e.kind == SGP_EV_MEMORY || e.kind == SGP_EV_VISIT))
        continue;
      if (e.kind == SGP_EV_MEMORY && e.d == SGP_OUTSIDE_TABLE) continue;  // natively: also reads
      if (warned_before(all, e)) continue;
      all.push_back(e);
    }
    number_devices(all);
    return all;
  }

  /// WARN_ON_ONCE() fires once in a scenario on a machine. Where only its code is run it does so
  /// each time if its flag is in the bug table, and once if it is a variable.
  static bool warned_before(const std::vector<sgp_event>& events, const sgp_event& warning) {
    return warning.kind == SGP_EV_WARN && std::ranges::any_of(events, [&](const sgp_event& e) {
             return e.kind == SGP_EV_WARN && e.a == warning.a && e.b == warning.b;
           });
  }

  /// Devices that references are taken of have the number in which they come up.
  static void number_devices(std::vector<sgp_event>& events) {
    std::map<std::uint64_t, std::uint64_t> numbers;
    for (sgp_event& e : events)
      if (e.kind == SGP_EV_REFERENCE) e.a = numbers.try_emplace(e.a, numbers.size()).first->second;
  }

  void events() {
    const auto native = comparable(native_);
    const auto booted = comparable(booted_);
    for (std::size_t i = 0; i < std::min(native.size(), booted.size()); ++i) {
      const auto field = [&](const char* name, std::uint64_t a, std::uint64_t b) {
        if (a != b) same(booted[i].step, fmt::format("event {} {}", i, name), a, b);
      };
      field("kind", native[i].kind, booted[i].kind);
      field("step", native[i].step, booted[i].step);
      if (native[i].kind != booted[i].kind) return;  // the rest belongs to different calls
      const bool warning = native[i].kind == SGP_EV_WARN || native[i].kind == SGP_EV_BUG;
      if (!warning || !same_statement(native[i].a, booted[i].a))
        field(warning ? "line" : "address", native[i].a, booted[i].a);
      field("size", native[i].b, booted[i].b);
      field("direction", native[i].c, booted[i].c);
      field("attributes", native[i].d, booted[i].d);
      field("result", native[i].ret, booted[i].ret);
    }
    same(scenario_.nops, "number of events", native.size(), booted.size());
  }

  const sgp_scenario& scenario_;
  const sgp_report& native_;
  const sgp_report& booted_;
  std::vector<Difference> all_;
};

/// The addresses that the IOMMU's allocator gave, in the order of the calls.
void take_addresses(sgp_scenario& out, const sgp_report& booted) {
  std::size_t calls = 0;
  std::ranges::fill(out.world.choices, ~std::uint64_t{0});
  for (const sgp_event& e : events_of(booted))
    if (e.kind == SGP_EV_IOVA_ALLOC && calls < SGP_MAX_CHOICES)
      out.world.choices[calls++] = e.ret != 0 ? e.ret : ~std::uint64_t{0};
}

}  // namespace

sgp_scenario realised(const sgp_scenario& scenario, const sgp_report& booted) {
  sgp_scenario out = scenario;
  out.world = booted.world;
  std::size_t maps = 0;
  for (const sgp_event& e : events_of(booted)) maps += e.kind == SGP_EV_SWIOTLB_MAP ? 1 : 0;
  for (std::size_t i = maps; i < SGP_MAX_CHOICES; ++i) out.world.choices[i] = ~std::uint64_t{0};
  if (booted.world.iommu != 0) take_addresses(out, booted);
  put_aside_what_is_not_there(out, booted);
  for (auto& provider : out.world.providers) separate_switches(provider, scenario);
  return out;
}

std::string words(const Difference& d) {
  const auto value = [](std::uint64_t v) {
    return v >= kPageName && v < kPageName + SGP_MAX_PAGES ? fmt::format("page {}", v - kPageName)
                                                           : fmt::format("{:#x}", v);
  };
  return fmt::format("step {} {}: {} natively, {} on the booted kernel", d.step, d.field,
                     value(d.native), value(d.booted));
}

std::optional<std::string> not_comparable(const sgp_scenario& scenario, const sgp_report& native,
                                          const sgp_report& booted) {
  for (const sgp_report* report : {&native, &booted}) {
    const char* which = report == &native ? "the native run" : "the booted run";
    if (report->status == SGP_STATUS_ILLEGAL)
      return fmt::format("{} is outside the assumptions", which);
    if (report->status != SGP_STATUS_COMPLETE && report->status != SGP_STATUS_STOPPED)
      return fmt::format("{} has status {}", which, report->status);
    if (report->nevents > SGP_MAX_EVENTS) return fmt::format("{} lost events", which);
    if (has_event(*report, SGP_EV_UNMODELLED))
      return fmt::format("{} reached code without a body", which);
  }
  const auto stops = [](const sgp_report& report) {
    return has_event(report, SGP_EV_OOPS) || has_event(report, SGP_EV_ENDLESS);
  };
  if (stops(native) && stops(booted))
    return "both runs end in a fault, each machine in its own way";
  if (has_mixed_pointers(scenario, native, booted))
    return "the native run made a pointer of others, which are each machine's own";
  return {};
}

bool mixes_pointers(const sgp_scenario& scenario, const sgp_report& booted) {
  return has_mixed_pointers(scenario, booted, booted);
}

std::vector<Difference> differences(const sgp_scenario& scenario, const sgp_report& native,
                                    const sgp_report& booted) {
  return Comparison(scenario, native, booted).go();
}

}  // namespace sgproof::replay

// The steps of a trace in words and in C.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gate/export/claim_sentence.hpp"
#include "gate/export/export.hpp"
#include "gate/export/selection.hpp"
#include "gate/export/steps_code.hpp"
#include "model/error.hpp"
#include "model/judge.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

/// Pages and devices by their numbers in the trace, for a world that nobody makes.
World numbered_world(const sgp_scenario& s) {
  World world;
  for (unsigned k = 0; k < SGP_MAX_PAGES; ++k) {
    world.pages[k].used = k < s.npages;
    world.pages[k].same_as = k;
    if (s.world.pages[k].kind != 0)
      world.pages[k].provider = static_cast<unsigned>(s.world.pages[k].kind - 1);
    world.pages[k].index = k;
  }
  for (auto& client : world.clients) client.used = true;
  return world;
}

/// The value that must stand in the field, with the addresses of the scenario.
std::string wanted(const sgp_scenario& s, const Assertion& a, const StepState& state) {
  if (!a.entry) return a.field == "sgt->nents" ? fmt::format("{}", s.nents) : c_errno(state.ret);
  const EntryState& e = state.entries[*a.entry];
  const auto flag = [](bool set) { return std::string(set ? "set" : "not set"); };
  if (a.field == "bus-address mark") return flag(e.is_bus);
  if (a.field == "END mark") return flag(e.is_last);
  if (a.field == "CHAIN mark") return flag(e.is_chain);
  if (a.field == "offset") return c_number(e.offset);
  if (a.field == "length" || a.field == "dma_length") return c_number(e.length);
  if (a.field == "pointer bits") return "none that is a mark";
  if (a.field == "dma_address") {
    if (e.place == Place::Slot) return "a slot of the bounce pool";
    const sgp_page& page = s.world.pages[*e.page];
    std::uint64_t address = (page.pfn << 12) + e.offset;
    if (e.place == Place::Bus) {
      const sgp_provider& p = s.world.providers[page.kind - 1];
      address += p.bus_start - p.cpu_start;
    }
    return fmt::format("{:#x}", address);
  }
  if (e.page) return fmt::format("page frame {:#x}", s.world.pages[*e.page].pfn);
  return e.raw == 0 ? "NULL" : fmt::format("{:#x}", e.raw);
}

std::string violation_of(const About& about) {
  std::string out = fmt::format("VIOLATED: {} {}", about.invariant, about.clause);
  if (about.entry) out += fmt::format(", entry {}", *about.entry);
  if (!about.field.empty()) out += ", " + about.field;
  if (!about.expected.empty()) out += ": must be " + about.expected;
  if (!about.observed.empty()) out += ", is " + about.observed;
  return out;
}

}  // namespace

std::string export_steps(const TraceFile& trace, const Accessors& accessors) {
  const sgp_scenario& s = trace.scenario;
  const About& about = trace.about;
  std::string out = fmt::format("trace {}\n", trace.name);
  if (about.has_claim()) {
    out += fmt::format("violates {} {}: {}\n", about.invariant, about.clause,
                       claim_sentence(about.invariant, about.clause));
    if (!about.function.empty())
      out += fmt::format("in {}(){}\n", about.function,
                         about.file.empty() ? "" : fmt::format(", {}:{}", about.file, about.line));
  }
  const auto words = model::describe(s);
  const auto first = words.size() - s.nops;
  for (std::size_t i = 0; i < first; ++i) out += words[i] + "\n";

  std::optional<Reference> reference;
  try {
    reference = reference_run(trace);
  } catch (const Error& e) {  // the steps can be read all the same
    out += fmt::format("what must hold is not known: {}\n", e.what());
  }
  const World world = numbered_world(s);
  const Names names(world);
  for (unsigned step = 0; step < s.nops; ++step) {
    out += "\n" + words[first + step] + "\n";
    const bool skipped =
        undoes_or_syncs(s.ops[step].code) && reference && !reference->steps[step].mapped;
    for (const auto& call : calls_of(trace, step, names, accessors))
      out += fmt::format("    {};{}\n", call,
                         skipped ? "  /* not called: nothing is mapped there */" : "");
    if (reference)
      for (const Assertion& a : reference->assertions)
        if (a.step == step)
          out += fmt::format("    must hold: {}{} = {}  ({})\n",
                             a.entry ? fmt::format("entry {}, ", *a.entry) : "", a.field,
                             wanted(s, a, reference->steps[step]), fmt::join(a.claims, ", "));
    if (about.step == step) {
      out += fmt::format("    {}\n", violation_of(about));
      if (!about.file.empty())
        out += fmt::format("    at {}:{}, in {}()\n", about.file, about.line, about.function);
    }
  }
  return out;
}

}  // namespace sgproof::gate

#include "smt/obligations/concrete_run.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "smt/obligations/concrete_scenario.hpp"

namespace sgproof::smt {
namespace {

using exec::Location;

/// Byte offset of the field in struct scatterlist.
std::optional<std::uint64_t> offset_of(const model::Facts& facts, const std::string& field) {
  static const std::map<std::string, const char*> kFacts = {
      {"dma_address", "OFFSETOF_SG_DMA_ADDRESS"}, {"dma_length", "OFFSETOF_SG_DMA_LENGTH"},
      {"offset", "OFFSETOF_SG_OFFSET"},           {"length", "OFFSETOF_SG_LENGTH"},
      {"page", "OFFSETOF_SG_PAGE_LINK"},          {"page_link", "OFFSETOF_SG_PAGE_LINK"}};
  const auto it = kFacts.find(field);
  if (it == kFacts.end() || !facts.values.contains(it->second)) return {};
  return facts.at(it->second);
}

std::uint64_t entry_address(exec::Executor<exec::ConcreteDomain>& executor,
                            const model::Facts& facts, const sgp_scenario& s, unsigned entry) {
  const bool second = s.split != 0 && entry >= s.split;
  const std::uint64_t table = executor.address_of(second ? "sgp_second" : "sgp_first");
  return table + (second ? entry - s.split : entry) * facts.at("SIZEOF_SCATTERLIST");
}

/// The last line that ran in an implementation file; wrappers and headers only if there is none.
Location last_of(const std::vector<Location>& lines) {
  Location header, wrapper;
  for (auto it = lines.rbegin(); it != lines.rend(); ++it) {
    if (it->file.ends_with(".c") && it->file != "kernel/dma/mapping.c") return *it;
    if (it->file == "kernel/dma/mapping.c" && wrapper.function.empty()) wrapper = *it;
    if (it->file.ends_with("scatterlist.h") && header.function.empty()) header = *it;
  }
  return wrapper.function.empty() ? header : wrapper;
}

/// The last line that ran in the function.
Location last_in(const std::vector<Location>& lines, std::string_view function) {
  const auto it = std::find_if(lines.rbegin(), lines.rend(),
                               [&](const Location& line) { return line.function == function; });
  return it == lines.rend() ? Location{} : *it;
}

}  // namespace

std::optional<std::string> tree_path(const std::string& file) {
  static constexpr std::string_view kTree = "/src/", kHarness = "/sgp/";
  if (file.starts_with(kTree)) return file.substr(kTree.size());
  if (file.starts_with(kHarness) || file.starts_with("/build/") || file.empty()) return {};
  if (file.starts_with("./")) return file.substr(2);
  return file;
}

ConcreteRun concrete_run(const Bitcode& bitcode, const model::Facts& facts,
                         const sgp_scenario& scenario, unsigned step, int entry,
                         const std::string& field) {
  exec::Options options;
  options.trace = true;
  options.loop_bound = 1 << 16;  // it ends by itself, or at the limit of steps
  sgp_scenario upto = scenario;
  upto.nops = std::min<std::uint64_t>(scenario.nops, step + 1);
  ConcreteScenario concrete(bitcode, facts, upto, options);
  auto& executor = concrete.executor();
  const auto result = concrete.run();

  ConcreteRun run;
  for (const Location& l : result.trace)
    if (const auto file = tree_path(l.file)) {
      const Location here{l.function, *file, l.line};
      if (l.line != 0 && (run.lines.empty() || run.lines.back() != here)) run.lines.push_back(here);
    }
  for (const auto& end : result.ends) {
    if (end.kind == exec::EndKind::Inconclusive) run.problem = end.text;
    // what followed from an arbitrary answer may not happen with the real one
    if (end.kind == exec::EndKind::Finding && end.arbitrary.empty()) {
      run.violated = exec::invariant_of(end.finding);
      run.step = static_cast<unsigned>(end.step.value());
    }
    const bool endless = end.reason == exec::Inconclusive::LoopNotUnrolled;
    if (end.kind == exec::EndKind::Bug || end.kind == exec::EndKind::Finding || endless)
      run.blamed = {end.where.function, tree_path(end.where.file).value_or(""), end.where.line};
    const auto offset = offset_of(facts, field);
    if (end.kind != exec::EndKind::Returned || entry < 0 || !offset) continue;
    auto writer = executor.writer(
        end, entry_address(executor, facts, scenario, static_cast<unsigned>(entry)) + *offset);
    if (const auto file = tree_path(writer.file); file && !writer.function.empty())
      run.blamed = {writer.function, *file, writer.line};
  }
  // an operation that is one accessor is to blame itself, whatever implementations ran before
  if (run.blamed.function.empty() && upto.nops != 0 && upto.ops[upto.nops - 1].code == SGP_OP_PHYS)
    run.blamed = last_in(run.lines, "sg_phys");
  if (run.blamed.function.empty()) run.blamed = last_of(run.lines);
  return run;
}

}  // namespace sgproof::smt

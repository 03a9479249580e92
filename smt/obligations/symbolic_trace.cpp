#include "smt/obligations/symbolic_trace.hpp"

#include <cstddef>

#include "model/trace_builder.hpp"

namespace sgproof::smt {
namespace {

using Word = TermDomain::Word;

struct InputWords {
  const SymbolicInputs& inputs;
  [[nodiscard]] Word word(std::size_t index) const { return {inputs.words.at(index)}; }
};

}  // namespace

model::Trace<TermDomain> symbolic_trace(const model::Facts& facts, const model::Family& family,
                                        const SymbolicInputs& inputs,
                                        const std::function<Term(std::size_t)>& report_word,
                                        const std::vector<RunEvent>& events) {
  static const TermDomain domain;
  auto trace = model::trace_skeleton(domain, facts, family.shape, InputWords{inputs});
  trace.any = {inputs.any};
  const auto at = [&](std::size_t byte) { return Word{report_word(byte / 8)}; };
  for (std::size_t j = 0; j < trace.pages.size(); ++j) {
    const std::size_t base = offsetof(sgp_report, pages) + j * sizeof(sgp_real_page);
    trace.pages[j] = {at(base + offsetof(sgp_real_page, kind)),
                      at(base + offsetof(sgp_real_page, phys)),
                      at(base + offsetof(sgp_real_page, pointer))};
  }
  for (std::size_t s = 0; s < trace.steps.size(); ++s) {
    auto& step = trace.steps[s];
    const std::size_t base = offsetof(sgp_report, steps) + s * sizeof(sgp_step);
    step.done = at(base + offsetof(sgp_step, done)) == domain.word(1);
    step.ret = at(base + offsetof(sgp_step, ret));
    step.out_nents = at(base + offsetof(sgp_step, out_nents));
    for (unsigned i = 0; i < trace.nents; ++i) {
      const std::size_t entry = base + offsetof(sgp_step, entries) + i * sizeof(sgp_entry_obs);
      step.entries.push_back(
          {at(entry + offsetof(sgp_entry_obs, page)), at(entry + offsetof(sgp_entry_obs, chain)),
           at(entry + offsetof(sgp_entry_obs, offset)), at(entry + offsetof(sgp_entry_obs, length)),
           at(entry + offsetof(sgp_entry_obs, dma_address)),
           at(entry + offsetof(sgp_entry_obs, dma_length)),
           at(entry + offsetof(sgp_entry_obs, is_bus)),
           at(entry + offsetof(sgp_entry_obs, is_chain)),
           at(entry + offsetof(sgp_entry_obs, is_last))});
    }
  }
  for (const RunEvent& e : events) {
    const auto word = [&](std::size_t i) {
      return i < e.payload.size() ? Word{zext(e.payload[i], 64)} : domain.word(0);
    };
    trace.events.push_back({{e.guard},
                            e.kind,
                            e.step,
                            word(0),
                            word(1),
                            word(2),
                            word(3),
                            word(4),
                            e.function,
                            e.file,
                            e.line});
  }
  return trace;
}

}  // namespace sgproof::smt

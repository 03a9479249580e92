#include "gate/contract_steps.hpp"

#include <algorithm>

#include "gate/contract_use.hpp"
#include "gate/report/contract_words.hpp"
#include "gate/stale_contracts.hpp"
#include "gate/tests_enter.hpp"

namespace sgproof::gate {

ContractSteps::ContractSteps(const extract::Source& source, const extract::Context& context,
                             Progress& progress)
    : source_(source),
      context_(context),
      progress_(progress),
      contracts_(extract::load_contracts()),
      compared_(extract::load_compared_code()) {}

std::vector<ContractUse> ContractSteps::uses_of(const Extracted& extracted) const {
  std::vector<ContractUse> uses;
  {
    const extract::StageTimer timer(context_, "contracts " + extracted.config);
    uses = contract_uses(contracts_, compared_, source_.subject(),
                         source_.patched ? &source_.base : nullptr, extracted.here, context_);
  }
  for (const std::string& text : changed_contracts(uses))
    progress_.line("  the series changes what a contract stands for: " + text);
  return uses;
}

void ContractSteps::leave_open_what_is_stale(Subject& here, const Subject& base,
                                             std::vector<ContractUse>& uses,
                                             std::vector<Obligation>& obligations,
                                             std::uint64_t seed) const {
  const auto entered = entered_by_families(here, base);
  show_again(uses, contracts_, obligations, entered);
  if (!any_stale(uses)) return;
  const extract::StageTimer timer(context_,
                                  "what goes through changed contracts in " + here.config);
  const bool tested = std::ranges::any_of(
      obligations, [](const Obligation& o) { return o.outcome == Outcome::Tested; });
  leave_open(obligations, uses, entered,
             tested ? entered_by_tests(here, seed, context_.cancel) : EnteredByTests{});
}

}  // namespace sgproof::gate

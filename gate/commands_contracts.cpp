// `sgproof contracts`: the environment contracts against the kernel's code, and the record of it.
#include <fmt/format.h>

#include <iostream>

#include "gate/commands.hpp"
#include "gate/contract_use.hpp"
#include "gate/report/summary.hpp"
#include "gate/session.hpp"

namespace sgproof::gate {
namespace {

void print(const ContractUse& use) {
  std::cout << fmt::format("{} ({}): {}\n  assumes: {}\n  because: {}\n", use.contract, use.file,
                           use.subject, use.assumes, use.because);
  for (const ContractFunction& f : use.functions) {
    const auto stands_for =
        f.function.empty() ? "nothing" : fmt::format("{} ({})", f.function, place(f.file, f.line));
    std::cout << fmt::format("  {:<36} for {}: {}{}\n", f.stands_in, stands_for, name(f.code),
                             f.changed ? ", the series changes it" : "");
  }
}

}  // namespace

int run_contracts(const GateOptions& options, bool record, const extract::CancelToken& cancel) {
  const extract::CacheDir cache;
  Progress progress;
  const extract::Context context{
      cache, cancel, [&](const std::string& name, double s) { progress.stage(name, s); },
      static_cast<int>(options.jobs)};
  const auto source = extract::open_source(
      options.kernel,
      options.series.empty() ? std::nullopt : std::optional<std::string>(options.series), context);
  const auto contracts = extract::load_contracts();
  auto compared = extract::load_compared_code();
  if (record) compared.trees[source.subject().version.text()] = {};
  for (const std::string& config : configs_of(options)) {
    if (const auto why = does_not_fit(options, config, source.base, context); !why.empty()) {
      progress.line(fmt::format("  {} is left out: {}", config, why));
      continue;
    }
    const auto module = extract::extract_module(source.subject(), config, {}, context);
    if (record) {
      auto& known = compared.trees[source.subject().version.text()];
      const auto code = code_of_contracts(contracts, source.subject(), config, context);
      known.files.insert(code.files.begin(), code.files.end());
      for (const auto& [function, hashes] : code.functions)
        known.functions[function].insert(hashes.begin(), hashes.end());
    }
    std::cout << fmt::format("configuration {}\n", config);
    for (const ContractUse& use :
         contract_uses(contracts, compared, source.subject(),
                       source.patched ? &source.base : nullptr, module, context))
      print(use);
  }
  if (record) {
    extract::store_compared_code(compared);
    std::cout << fmt::format("recorded in {}\n", extract::compared_code_file().string());
  }
  return 0;
}

}  // namespace sgproof::gate

// From a model of a symbolic run to the symbol values of a concrete one.
#pragma once

#include <map>
#include <string>

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

/// Values for ConcreteDomain::set, by the names that the concrete run will ask for. Page array
/// contents are named by their index there, so indices are evaluated under the model.
inline std::map<std::string, smt::u128> replay_values(const Executor<SymbolicDomain>& ex,
                                                      const smt::Terms& terms,
                                                      const smt::Model& model) {
  std::map<std::string, smt::u128> values;
  for (const auto& p : ex.page_symbols()) {
    const auto index = static_cast<std::uint64_t>(model.eval(p.index));
    values.emplace(p.array + "[" + std::to_string(index) + "]+" + std::to_string(p.word * 8),
                   model.eval(p.symbol));
  }
  for (const Symbol& s : ex.symbols())
    if (s.kind != "page")
      if (const auto* v = terms.find(s.name)) values.emplace(s.name, model.eval(v->term));
  return values;
}

}  // namespace sgproof::exec

// A scenario ready to be executed on the concrete domain of the executor.
#pragma once

#include "smt/exec/executor.hpp"
#include "smt/obligations/prover.hpp"
#include "smt/obligations/world.hpp"

namespace sgproof::smt {

/// The words of scenario and report are in the byte order of the bitcode: the executor writes and
/// reads them as the code does.
class ConcreteScenario {
 public:
  ConcreteScenario(const Bitcode& bitcode, const model::Facts& facts, const sgp_scenario& scenario,
                   exec::Options options = {})
      : bits_(static_cast<unsigned>(facts.at("WORD_BITS"))),
        executor_(bitcode.module(), domain_, std::move(options)),
        in_(executor_.add_object("scenario", sizeof(sgp_scenario), exec::Initial::Zero)),
        out_(executor_.add_object("report", sizeof(sgp_report), exec::Initial::Zero)) {
    add_page_array(executor_, facts);
    const auto* words = reinterpret_cast<const std::uint64_t*>(&scenario);
    for (std::size_t i = 0; i < sizeof(scenario) / 8; ++i)
      executor_.write(in_ + 8 * i, Bv::constant(64, words[i]));
  }

  auto run() {
    return executor_.run("sgp_run", {Bv::constant(bits_, in_), Bv::constant(bits_, out_)});
  }

  exec::Executor<exec::ConcreteDomain>& executor() { return executor_; }
  /// Where struct sgp_report is.
  [[nodiscard]] std::uint64_t report() const { return out_; }

 private:
  using Bv = exec::ConcreteDomain::Bv;
  unsigned bits_;
  exec::ConcreteDomain domain_;
  exec::Executor<exec::ConcreteDomain> executor_;
  std::uint64_t in_, out_;
};

}  // namespace sgproof::smt

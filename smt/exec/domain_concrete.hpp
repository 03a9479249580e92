// The concrete domain: one path, native integers, no solver. For differential tests and for
// replaying counterexamples with the source lines they go through.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "smt/exec/concrete_bv.hpp"
#include "smt/exec/domain.hpp"

namespace sgproof::exec {

class ConcreteDomain {
 public:
  using Bv = ConcreteBv;
  static constexpr bool kSymbolic = false;

  /// Gives a symbol (by the name the symbolic run gave it) its value; others are 0.
  void set(const std::string& name, u128 value) { values_[name] = value; }
  /// Asked for every symbol that has no value by set().
  void set_provider(std::function<u128(const std::string&, unsigned)> p) {
    provider_ = std::move(p);
  }

  Bv fresh(const std::string& name, unsigned width) {
    if (auto it = values_.find(name); it != values_.end()) return Bv::constant(width, it->second);
    return Bv::constant(width, provider_ ? provider_(name, width) : 0);
  }
  [[nodiscard]] Feasible feasible(const std::vector<Bv>&, const Bv& extra, bool) const {
    return extra.is_true() ? Feasible::Yes : Feasible::No;
  }
  [[nodiscard]] std::optional<u128> pick(const std::vector<Bv>&, const Bv&, const Bv& t) const {
    return t.value();
  }
  [[nodiscard]] std::vector<std::pair<Bv, Bv>> leaves(const Bv& t, bool, std::size_t) const {
    return {{Bv::boolean(true), t}};
  }
  [[nodiscard]] Bv under(const std::vector<Bv>&, const Bv& t) const { return t; }
  [[nodiscard]] bool is_symbol(const Bv&) const { return false; }
  [[nodiscard]] std::optional<std::pair<Bv, std::uint64_t>> scaled(const Bv& t,
                                                                   std::uint64_t by) const {
    return std::pair{bv(t.width(), t.value() / by), static_cast<std::uint64_t>(t.value() % by)};
  }
  [[nodiscard]] bool expired() const { return false; }

 private:
  std::map<std::string, u128> values_;
  std::function<u128(const std::string&, unsigned)> provider_;
};

}  // namespace sgproof::exec

// Three-valued truth: a statement about a run in which something was not observed is neither true
// nor false.
#pragma once

#include <utility>

#include "model/domain.hpp"

namespace sgproof::model {

/// Kleene's strong three-valued logic. `holds` and `fails` exclude each other; where neither is
/// true the truth is unknown.
template <class D>
struct Truth {
  typename D::Bool holds;
  typename D::Bool fails;

  /// A statement that is known where `known`, and unknown elsewhere.
  static Truth of(const typename D::Bool& known, const typename D::Bool& value) {
    return {known & value, known & !value};
  }

  friend Truth operator!(const Truth& a) { return {a.fails, a.holds}; }
  friend Truth operator&(const Truth& a, const Truth& b) {
    return {a.holds & b.holds, a.fails | b.fails};
  }
  friend Truth operator|(const Truth& a, const Truth& b) {
    return {a.holds | b.holds, a.fails & b.fails};
  }
};

}  // namespace sgproof::model

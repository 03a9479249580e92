// Where the results of two calls differ, as a condition.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "smt/exec/state.hpp"

namespace sgproof::exec {

namespace differ {

/// What a call came to on one path.
template <class Bv>
struct Outcome {
  EndKind kind = EndKind::Returned;
  FindingKind finding = FindingKind::None;
  Bv path;
  const std::vector<std::shared_ptr<const Event<Bv>>>* events = nullptr;
  const Memory<Bv>* memory = nullptr;
  Bv step;
  Value<Bv> value;
};

template <class Bv>
Bv conjunction(const std::vector<Bv>& conditions) {
  Bv all = Bv::boolean(true);
  for (const Bv& c : conditions) all = bv_and(all, c);
  return all;
}

template <class Bv>
Bv in(const Bv& a, const Bv& b) {
  return a.same(b) ? Bv::boolean(false) : ne(a, b);
}

template <class Bv>
Bv in(const Value<Bv>& a, const Value<Bv>& b) {
  if (a.same(b)) return Bv::boolean(false);
  if (a.set != b.set || (a.parts == nullptr) != (b.parts == nullptr)) return Bv::boolean(true);
  if (a.parts != nullptr) {
    if (a.parts->size() != b.parts->size()) return Bv::boolean(true);
    Bv any = Bv::boolean(false);
    for (std::size_t i = 0; i < a.parts->size(); ++i)
      any = bv_or(any, in((*a.parts)[i], (*b.parts)[i]));
    return any;
  }
  if (a.bits.width() != b.bits.width()) return Bv::boolean(true);
  return bv_or(in(a.bits, b.bits),
               bv_or(in(poison_of(a), poison_of(b)), in(undef_of(a), undef_of(b))));
}

/// Events behind the first `from`; where their number or kind is not the same, all differs.
template <class Bv>
Bv in(const std::vector<std::shared_ptr<const Event<Bv>>>& a,
      const std::vector<std::shared_ptr<const Event<Bv>>>& b) {
  if (a.size() != b.size()) return Bv::boolean(true);
  Bv any = Bv::boolean(false);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    const Event<Bv>&x = *a[i], &y = *b[i];
    Bv fields = in(x.step, y.step);
    for (const auto part : {&Event<Bv>::kind, &Event<Bv>::a, &Event<Bv>::b, &Event<Bv>::c,
                            &Event<Bv>::d, &Event<Bv>::ret})
      fields = bv_or(fields, in(x.*part, y.*part));
    any = bv_or(any, bv_or(bv_xor(x.guard, y.guard), bv_and(x.guard, fields)));
  }
  return any;
}

template <class Bv>
bool same(const typename Memory<Bv>::Log& a, const typename Memory<Bv>::Log& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x == y ||
           (x->index.same(y->index) && x->offset == y->offset && x->value.same(y->value) &&
            x->guard.same(y->guard) && x->arbitrary == y->arbitrary);
  });
}

}  // namespace differ

}  // namespace sgproof::exec

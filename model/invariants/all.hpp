// All invariants of the model, for every engine.
#pragma once

#include "model/invariants/cache.hpp"
#include "model/invariants/enc.hpp"
#include "model/invariants/iom.hpp"
#include "model/invariants/iom_any.hpp"
#include "model/invariants/iom_bounce.hpp"
#include "model/invariants/iom_windows.hpp"
#include "model/invariants/lst.hpp"
#include "model/invariants/lst_any.hpp"
#include "model/invariants/map.hpp"
#include "model/invariants/map_relations.hpp"
#include "model/invariants/pieces.hpp"
#include "model/invariants/references.hpp"
#include "model/invariants/saf_ref.hpp"
#include "model/invariants/swt.hpp"
#include "model/invariants/swt_any.hpp"
#include "model/invariants/sync.hpp"
#include "model/invariants/transferred.hpp"

namespace sgproof::model {

template <class D>
std::vector<Check<D>> judge_all(const Trace<D>& trace) {
  Judge<D> judge(trace);
  enc1(trace, judge);
  enc2(trace, judge);
  enc4(trace, judge);
  enc5(trace, judge);
  enc7(trace, judge);
  enc8(trace, judge);
  map3(trace, judge);
  map4(trace, judge);
  map9(trace, judge);
  map10(trace, judge);
  saf(trace, judge);
  references(trace, judge);
  ref1(trace, judge);
  // a device that transfers is only on a booted machine
  if constexpr (std::is_same_v<D, ConcreteDomain>) transferred(trace, judge);
  if constexpr (std::is_same_v<D, ConcreteDomain>)
    lst(trace, judge);
  else
    lst_any(trace, judge);
  swt_any(trace, judge);
  cache_maintenance(trace, judge);
  iommu_bounce(trace, judge);
  iommu_pieces(trace, judge);
  reserved_windows(trace, judge);
  addresses_apart(trace, judge);
  if (trace.translated) {
    if constexpr (std::is_same_v<D, ConcreteDomain>)
      iom(trace, judge);
    else
      iom_any(trace, judge);
  } else {
    map1_map2(trace, judge);
    map5(trace, judge);
    map6(trace, judge);
    sync(trace, judge);
    map11(trace, judge);
    ref1_direct(trace, judge);
    if constexpr (std::is_same_v<D, ConcreteDomain>) swt(trace, judge);
  }
  return judge.checks();
}

}  // namespace sgproof::model

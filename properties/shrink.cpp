#include "properties/shrink.hpp"

namespace sgproof::properties {

Shrunk shrink(const sgp_scenario& start, const model::Facts& facts, const StillViolates& violates,
              std::uint64_t most, const std::function<bool()>& stop) {
  Shrunk result{start};
  for (;;) {
    bool exhausted = false;
    sgp_scenario next;
    const bool found =
        smaller_scenarios(result.smallest, facts, [&](const sgp_scenario& candidate) {
          exhausted = result.tried >= most || (stop && stop());
          if (exhausted) return true;
          ++result.tried;
          next = candidate;
          return violates(candidate);
        });
    if (exhausted) return result;
    if (!found) {
      result.local_minimum = true;
      return result;
    }
    result.smallest = next;
  }
}

}  // namespace sgproof::properties

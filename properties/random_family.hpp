// Random members of the scenario families of model/families.hpp.
#pragma once

#include <cstdint>

#include "model/families.hpp"

namespace sgproof::properties {

/// A small reproducible generator (splitmix64).
class Random64 {
 public:
  explicit Random64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// 0..n-1
  std::uint64_t below(std::uint64_t n) { return (*this)() % n; }

 private:
  std::uint64_t state_;
};

/// A member of the family: each input is neutral, a boundary or random bits; inputs that are tied
/// have one value; derived ones (page frames, bounce slots) are mostly chosen to fit the others.
sgp_scenario draw(const model::Family& family, Random64& random);

}  // namespace sgproof::properties

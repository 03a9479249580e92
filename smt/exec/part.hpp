// A part of a symbolic run.
#pragma once

namespace sgproof::exec {

/// Of the 2^choices parts of a run, the one where bit i of `number` is the lowest bit of the value
/// that the i-th call of sgp_case has. An input is followed in that part, and where it ends with
/// fewer calls in each that begins like it; without choices there is one part, everything.
struct Part {
  unsigned choices = 0;
  unsigned number = 0;
};

}  // namespace sgproof::exec

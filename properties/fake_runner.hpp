// How fake_runner.cpp can be told to misbehave: values of sgp_op::raw of a NOP.
#pragma once

#include <cstdint>

namespace sgproof::properties {

enum Misbehaviour : std::uint64_t {
  kFakeFine = 0,
  kFakeHang,        ///< never answers
  kFakeAbort,       ///< ends by SIGABRT
  kFakeKilled,      ///< ends by SIGKILL, as if from outside
  kFakeExit,        ///< ends with exit code 5
  kFakeGarbage,     ///< writes a report that is none
  kFakeHalf,        ///< ends in the middle of a report
  kFakeHalfHang,    ///< hangs in the middle of a report
  kFakeClose,       ///< closes its files and lives on
  kFakeUnmodelled,  ///< reports that it reached a function without a body
};

}  // namespace sgproof::properties

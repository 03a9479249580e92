// Stable identifiers of the errors that this room throws (see model/error.hpp, docs/errors.md).
#pragma once

namespace sgproof::properties::id {

inline constexpr const char* kRunnerStart =
    "SGP-E0401";                                         ///< Environment: the runner does not start
inline constexpr const char* kSystemCall = "SGP-E0402";  ///< Environment: a system call failed
inline constexpr const char* kRapidCheck = "SGP-E0403";  ///< Environment: RapidCheck itself failed

}  // namespace sgproof::properties::id

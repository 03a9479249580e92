// What a solver says of a question.
#pragma once

#include <cstdint>

namespace sgproof::smt {

/// Error comes first so that a value that was never set cannot be read as a proof. Only Unsat
/// proves anything; Unknown and Timeout are not Unsat.
enum class CheckResult : std::uint8_t { Error = 0, Sat, Unsat, Unknown, Timeout };
[[nodiscard]] const char* to_string(CheckResult r);

}  // namespace sgproof::smt

// C of the steps of a scenario and of what must hold after them, one statement after the other.
#pragma once

#include <string>
#include <vector>

#include "gate/export/c_text.hpp"
#include "gate/export/export.hpp"
#include "gate/export/reference.hpp"
#include "gate/export/world_code.hpp"

namespace sgproof::gate {

/// How a test says what must hold.
enum class Style : std::uint8_t {
  KUnit,   ///< KUNIT_EXPECT_EQ(test, …)
  Module,  ///< check_equal(…, "step 3, …")
};

struct StepsRequest {
  const TraceFile& trace;
  const Reference& reference;
  const World& world;
  const Accessors& accessors;
  std::vector<Assertion> assertions;
  Style style = Style::KUnit;
};

/// Variables and statements of a function body.
void write_steps(CText& out, const StepsRequest& request);

/// Whether the operation is legal only while the list is mapped; it is not called where it is not.
[[nodiscard]] bool undoes_or_syncs(std::uint64_t code);

/// The call of a step as C, with the names of `names`; empty for none. Not for init of a list in
/// two tables, which is three calls.
[[nodiscard]] std::vector<std::string> calls_of(const TraceFile& trace, unsigned step,
                                                const Names& names, const Accessors& accessors);

}  // namespace sgproof::gate

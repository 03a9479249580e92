#include "model/truth.hpp"

#include <gtest/gtest.h>

#include <array>
#include <type_traits>

namespace sgproof::model {
namespace {

// A symbolic Bool has no value to branch on; the concrete one must not behave better.
static_assert(!std::is_convertible_v<ConcreteDomain::Bool, bool>);
static_assert(!std::is_constructible_v<bool, ConcreteDomain::Bool>);
static_assert(!std::is_convertible_v<bool, ConcreteDomain::Bool>);
static_assert(!std::is_convertible_v<std::uint64_t, ConcreteDomain::Word>);

using T = Truth<ConcreteDomain>;

enum class Value { False, Unknown, True };
constexpr std::array kAll = {Value::False, Value::Unknown, Value::True};

T truth(Value v) {
  return T::of(ConcreteBool(v != Value::Unknown), ConcreteBool(v == Value::True));
}

Value value(const T& t) {
  EXPECT_FALSE(decide(t.holds & t.fails)) << "holds and fails exclude each other";
  return decide(t.holds) ? Value::True : decide(t.fails) ? Value::False : Value::Unknown;
}

TEST(Truth, AnUnknownStatementNeitherHoldsNorFailsWhateverItsValue) {
  EXPECT_EQ(value(T::of(ConcreteBool(false), ConcreteBool(true))), Value::Unknown);
  EXPECT_EQ(value(T::of(ConcreteBool(false), ConcreteBool(false))), Value::Unknown);
}

TEST(Truth, NegationKeepsUnknown) {
  EXPECT_EQ(value(!truth(Value::True)), Value::False);
  EXPECT_EQ(value(!truth(Value::False)), Value::True);
  EXPECT_EQ(value(!truth(Value::Unknown)), Value::Unknown);
}

TEST(Truth, AndIsTheLesserOrIsTheGreater) {
  for (const Value a : kAll)
    for (const Value b : kAll) {
      EXPECT_EQ(value(truth(a) & truth(b)), std::min(a, b));
      EXPECT_EQ(value(truth(a) | truth(b)), std::max(a, b));
    }
}

TEST(Wide, SumsOfAddressesDoNotWrap) {
  const ConcreteDomain d;
  const auto top = d.wide(d.word(~0ULL));
  EXPECT_TRUE(decide(top <= top + d.wide(d.word(1))));
  EXPECT_FALSE(decide(top + d.wide(d.word(1)) == d.wide(d.word(0))));
}

}  // namespace
}  // namespace sgproof::model

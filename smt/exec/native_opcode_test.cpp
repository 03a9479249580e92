// The concrete domain of the executor, and code that clang generates for the same instruction and
// runs on this machine or under an emulator: the same results, for every operation and width.
// SGPROOF_OPCODE_ROUNDS: how many random operands for each.
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "smt/exec/native_ops.hpp"
#include "smt/exec/opcodes.hpp"
#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

unsigned rounds() {
  const char* text = std::getenv("SGPROOF_OPCODE_ROUNDS");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 200;
}

class NativeOpcode : public testing::TestWithParam<std::string> {};

TEST_P(NativeOpcode, GivesTheSameAsTheExecutor) {
  if (const auto why = lacking_for(GetParam()); !why.empty()) GTEST_SKIP() << why;
  std::vector<Opcode> all = opcodes();
  std::erase_if(all, [](const Opcode& op) { return !is_native(op, GetParam()); });
  std::vector<NativeCall> calls;
  std::vector<smt::u128> expected;
  std::mt19937_64 rng(17);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Opcode& op = all[i];
    const auto before = calls.size();
    Concrete c(fmt::format("{0}define i{1} @f(i{2} %a, i{2} %b) {{\n {3}\n ret i{1} %r\n}}\n",
                           op.declarations, op.result, op.width, op.body));
    for (unsigned n = 0; n < rounds(); ++n) {
      const auto a = draw_operand(rng, op.width) & smt::mask(op.width);
      const auto b = draw_operand(rng, op.width) & smt::mask(op.width);
      const auto run =
          c.ex.run("f", {ConcreteBv::constant(op.width, a), ConcreteBv::constant(op.width, b)});
      ASSERT_EQ(run.ends.size(), 1U) << op.body;
      const auto& end = run.ends[0];
      // what is poison or undefined may be anything there
      if (end.kind != EndKind::Returned || end.returned.taint != nullptr) continue;
      calls.push_back({i, a, b});
      expected.push_back(end.returned.bits.value());
    }
    EXPECT_GT(calls.size(), before) << op.body << ": nothing is compared";
  }
  const auto results = NativeOps(GetParam(), all).run(calls);
  for (std::size_t k = 0; k < calls.size(); ++k) {
    const auto& op = all[calls[k].opcode];
    ASSERT_TRUE(results[k] == expected[k])
        << op.body << " of i" << op.width
        << fmt::format(" a={:#x} b={:#x}: {:#x} natively, {:#x} by the executor", calls[k].a,
                       calls[k].b, results[k], expected[k]);
  }
  std::cout << calls.size() << " calls of " << all.size() << " operations compared\n";
}

INSTANTIATE_TEST_SUITE_P(Targets, NativeOpcode,
                         testing::Values("x86_64", "i386", "mips", "riscv", "arm", "ppc32",
                                         "ppc64le", "arm64", "s390", "riscv32"),
                         [](const auto& about) { return about.param; });

}  // namespace
}  // namespace sgproof::exec

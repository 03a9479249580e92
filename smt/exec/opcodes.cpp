#include "smt/exec/opcodes.hpp"

#include <fmt/format.h>

#include <initializer_list>

namespace sgproof::exec {
namespace {

using Widths = std::initializer_list<unsigned>;
constexpr Widths kAll = {1, 7, 8, 16, 32, 33, 64, 128}, kNarrow = {1, 7, 8, 16},
                 kWide = {32, 64, 128};

std::string type(unsigned width) { return "i" + std::to_string(width); }

class List {
 public:
  std::vector<Opcode> go() {
    arithmetic();
    division();
    comparisons();
    casts();
    intrinsics();
    with_overflow();
    return std::move(all_);
  }

 private:
  void add(const std::string& instruction, unsigned width, unsigned result, bool solvable = true,
           const std::string& declarations = {}) {
    all_.push_back({"%r = " + instruction, width, result, declarations, solvable});
  }

  void binary(std::initializer_list<const char*> names, Widths widths, bool solvable = true) {
    for (const unsigned w : widths)
      for (const char* name : names)
        add(fmt::format("{} {} %a, %b", name, type(w)), w, w, solvable);
  }

  void arithmetic() {
    binary({"add", "add nsw", "add nuw", "add nuw nsw", "sub", "sub nsw", "sub nuw", "and", "or",
            "or disjoint", "xor", "shl", "shl nuw", "shl nsw", "lshr", "lshr exact", "ashr",
            "ashr exact"},
           kAll);
  }

  void division() {
    const auto names = {"mul",  "mul nsw", "mul nuw",    "udiv", "udiv exact",
                        "sdiv", "urem",    "sdiv exact", "srem"};
    binary(names, kNarrow);
    binary(names, {32, 64}, false);
    binary({"mul"}, {128});
    for (const unsigned w : kWide)
      for (const char* text : {"udiv T %a, 7", "sdiv T %a, -8", "srem T %a, 8", "sdiv T %a, 64",
                               "urem T %a, 56", "srem T %a, -5"}) {
        std::string body = text;
        body.replace(body.find('T'), 1, type(w));
        add(body, w, w);
      }
  }

  void comparisons() {
    for (const unsigned w : kAll)
      for (const char* p : {"eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge"}) {
        add(fmt::format("icmp {} {} %a, %b", p, type(w)), w, 1);
        all_.push_back({fmt::format("%c = icmp {0} {1} %a, %b\n %r = select i1 %c, {1} %a, {1} %b",
                                    p, type(w)),
                        w,
                        w,
                        {},
                        true});
      }
  }

  void casts() {
    const auto cast = [&](const char* name, unsigned from, unsigned to) {
      add(fmt::format("{} {} %a to {}", name, type(from), type(to)), from, to);
    };
    for (const unsigned from : kAll)
      for (const unsigned to : kAll) {
        if (from < to)
          for (const char* name : {"zext", "zext nneg", "sext"}) cast(name, from, to);
        if (from > to)
          for (const char* name : {"trunc", "trunc nuw", "trunc nsw"}) cast(name, from, to);
      }
  }

  void intrinsics() {
    for (const unsigned w : {8U, 16U, 32U, 64U}) {
      const std::string t = type(w);
      const auto call = [&](const std::string& name, const std::string& parameters,
                            const std::string& arguments) {
        const auto function = fmt::format("@llvm.{}.{}", name, t);
        add(fmt::format("call {} {}({})", t, function, arguments), w, w, true,
            fmt::format("declare {} {}({})\n", t, function, parameters));
      };
      const auto two = fmt::format("{0} %a, {0} %b", t);
      for (const char* name :
           {"umin", "umax", "smin", "smax", "uadd.sat", "usub.sat", "sadd.sat", "ssub.sat"})
        call(name, t + ", " + t, two);
      for (const char* name : {"bitreverse", "ctpop"}) call(name, t, t + " %a");
      if (w != 8) call("bswap", t, t + " %a");
      for (const char* name : {"ctlz", "cttz", "abs"})
        for (const char* flag : {"true", "false"})
          call(name, t + ", i1", fmt::format("{} %a, i1 {}", t, flag));
      for (const char* name : {"fshl", "fshr"})
        call(name, fmt::format("{0}, {0}, {0}", t), fmt::format("{0} %a, {0} %b, {0} %b", t));
    }
  }

  void with_overflow() {
    for (const unsigned w : {8U, 16U, 32U, 64U})
      for (const char* name : {"uadd", "sadd", "usub", "ssub", "umul", "smul"}) {
        const std::string t = type(w), pair = "{" + t + ", i1}";
        const auto function = fmt::format("@llvm.{}.with.overflow.{}", name, t);
        all_.push_back({fmt::format("%q = call {0} {1}({2} %a, {2} %b)\n %x = extractvalue {0} %q, "
                                    "0\n %y = extractvalue {0} %q, 1\n %z = zext i1 %y to {2}\n %s "
                                    "= shl {2} %z, 3\n %r = xor {2} %x, %s",
                                    pair, function, t),
                        w, w, fmt::format("declare {0} {1}({2}, {2})\n", pair, function, t),
                        w <= 16 || std::string_view(name).substr(1) != "mul"});
      }
  }

  std::vector<Opcode> all_;
};

}  // namespace

std::vector<Opcode> opcodes() { return List().go(); }

smt::u128 draw_operand(std::mt19937_64& rng, unsigned w) {
  switch (rng() % 5) {
    case 0:
      return rng() % 4;
    case 1:
      return smt::mask(w) - rng() % 4;
    case 2:
      return smt::u128{1} << (rng() % w);
    case 3:
      return rng() % (w + 2);
    default:
      return (smt::u128{rng()} << 64) | rng();
  }
}

}  // namespace sgproof::exec

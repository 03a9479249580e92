// Terms as Z3 bit-vectors, operation by operation.
#pragma once

#include <unordered_map>

#include "smt/solver/terms.hpp"
#include "smt/solver/translator.hpp"

namespace sgproof::smt {

class BitVectorTranslator : public Translator {
 public:
  explicit BitVectorTranslator(z3::context& ctx) : ctx_(ctx) {}
  z3::expr operator()(const Term& t) override;

 private:
  z3::expr constant(const Term& t);
  z3::expr ready(const Term& t);
  z3::expr as_bits(const Term& t);  // width 1 as a bit-vector
  z3::expr build(const Node& n);
  z3::context& ctx_;
  std::unordered_map<std::uint32_t, z3::expr> done_;
};

}  // namespace sgproof::smt

// Executor: LLVM intrinsics. One that is not listed ends the path as inconclusive.
#pragma once

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
bool Executor<D>::intrinsic(S& state, const llvm::CallBase& call, const llvm::Function& fn) {
  namespace Id = llvm::Intrinsic;
  const llvm::Intrinsic::ID id = fn.getIntrinsicID();
  const auto arg = [&](unsigned i) { return operand(state, call.getArgOperand(i)); };
  const auto put = [&](const V& v) { assign(state, call, v); };
  if (call.getType()->isVectorTy()) throw Stop{Inconclusive::UnsupportedType, fn.getName().str()};
  const auto pick = [&](const V& a, const V& b, const Bv& c) {
    put(derived(pool_, ite(c, a.bits, b.bits), {a, b}));
  };
  const auto flag = [&](unsigned i) {
    const V v = arg(i);
    if (!v.bits.is_const()) throw Stop{Inconclusive::NotConstant, fn.getName().str()};
    return v.bits.is_true();
  };
  switch (id) {
    case Id::dbg_declare:
    case Id::dbg_value:
    case Id::dbg_label:
    case Id::dbg_assign:
    case Id::experimental_noalias_scope_decl:
    case Id::donothing:
    case Id::prefetch:
      break;
    case Id::lifetime_start:
    case Id::lifetime_end:
      lifetime(state, call, id == Id::lifetime_start);
      break;
    case Id::memset:
      memory_set(state, call);
      break;
    case Id::memcpy:
    case Id::memmove:
      memory_copy(state, call, id == Id::memmove);
      break;
    case Id::expect:
    case Id::expect_with_probability:
      put(arg(0));
      break;
    case Id::is_constant:
      put(V(Bv::constant(1, 0)));
      break;
    case Id::objectsize: {
      // Unknown: -1, or 0 for the minimum.
      put(V(Bv::constant(width_of(call.getType()), flag(1) ? 0 : ~u128{0})));
      break;
    }
    case Id::umin: {
      const V a = arg(0), b = arg(1);
      pick(a, b, ult(a.bits, b.bits));
      break;
    }
    case Id::umax: {
      const V a = arg(0), b = arg(1);
      pick(a, b, ugt(a.bits, b.bits));
      break;
    }
    case Id::smin: {
      const V a = arg(0), b = arg(1);
      pick(a, b, slt(a.bits, b.bits));
      break;
    }
    case Id::smax: {
      const V a = arg(0), b = arg(1);
      pick(a, b, sgt(a.bits, b.bits));
      break;
    }
    case Id::abs: {
      const V a = arg(0);
      const unsigned w = a.bits.width();
      const Bv minimum = eq(a.bits, Bv::constant(w, u128{1} << (w - 1)));
      put(derived(pool_, ite(msb(a.bits), neg(a.bits), a.bits), {a},
                  flag(1) ? minimum : Bv::boolean(false)));
      break;
    }
    case Id::uadd_with_overflow:
    case Id::sadd_with_overflow:
    case Id::usub_with_overflow:
    case Id::ssub_with_overflow:
    case Id::umul_with_overflow:
    case Id::smul_with_overflow: {
      const V a = arg(0), b = arg(1);
      const bool is_signed = id == Id::sadd_with_overflow || id == Id::ssub_with_overflow ||
                             id == Id::smul_with_overflow;
      Bv r, o;
      if (id == Id::uadd_with_overflow || id == Id::sadd_with_overflow) {
        r = add(a.bits, b.bits);
        o = add_overflows(a.bits, b.bits, is_signed);
      } else if (id == Id::usub_with_overflow || id == Id::ssub_with_overflow) {
        r = sub(a.bits, b.bits);
        o = sub_overflows(a.bits, b.bits, is_signed);
      } else {
        r = mul(a.bits, b.bits);
        o = mul_overflows(a.bits, b.bits, is_signed);
      }
      put(pool_.aggregate({derived(pool_, r, {a, b}), derived(pool_, o, {a, b})}));
      break;
    }
    case Id::uadd_sat:
    case Id::sadd_sat:
    case Id::usub_sat:
    case Id::ssub_sat: {
      const V a = arg(0), b = arg(1);
      const bool adds = id == Id::uadd_sat || id == Id::sadd_sat;
      const bool is_signed = id == Id::sadd_sat || id == Id::ssub_sat;
      const unsigned w = a.bits.width();
      const u128 least = u128{1} << (w - 1);
      const Bv o = adds ? add_overflows(a.bits, b.bits, is_signed)
                        : sub_overflows(a.bits, b.bits, is_signed);
      const Bv bound = is_signed
                           ? ite(msb(a.bits), Bv::constant(w, least), Bv::constant(w, least - 1))
                           : Bv::constant(w, adds ? ~u128{0} : 0);
      const Bv r = adds ? add(a.bits, b.bits) : sub(a.bits, b.bits);
      put(derived(pool_, ite(o, bound, r), {a, b}));
      break;
    }
    case Id::ctlz:
    case Id::cttz:
      put(count_bits(arg(0), id, flag(1)));
      break;
    case Id::ctpop:
      put(count_bits(arg(0), id, false));
      break;
    case Id::bswap:
    case Id::bitreverse: {
      const V a = arg(0);
      const unsigned unit = id == Id::bswap ? 8 : 1, w = a.bits.width();
      const auto turn = [&](const Bv& v) {
        Bv r = extract(v, unit - 1, 0);
        for (unsigned at = unit; at < w; at += unit) r = concat(r, extract(v, at + unit - 1, at));
        return r;
      };
      put(V(turn(a.bits), a.taint ? pool_.taint(a.taint->poison, turn(a.taint->undef)) : nullptr));
      break;
    }
    case Id::fshl:
    case Id::fshr: {
      const V a = arg(0), b = arg(1), s = arg(2);
      const unsigned w = a.bits.width();
      const Bv n = urem(s.bits, Bv::constant(w, w));
      const Bv back = sub(Bv::constant(w, w), n);
      const Bv none = eq(n, Bv::constant(w, 0));
      const Bv r = id == Id::fshl ? ite(none, a.bits, bv_or(shl(a.bits, n), lshr(b.bits, back)))
                                  : ite(none, b.bits, bv_or(lshr(b.bits, n), shl(a.bits, back)));
      put(derived(pool_, r, {a, b, s}));
      break;
    }
    case Id::assume: {
      const Bv c = observe(state, arg(0), "an assumption");
      require(state, c, FindingKind::AssumeViolated, "llvm.assume of something false");
      for (unsigned i = 0; i < call.getNumOperandBundles(); ++i) {
        const auto bundle = call.getOperandBundleAt(i);
        if (bundle.getTagName() != "align" || bundle.Inputs.size() != 2)
          throw Stop{Inconclusive::UnsupportedAttribute,
                     "llvm.assume with " + bundle.getTagName().str()};
        const V p = operand(state, bundle.Inputs[0].get());
        const V n = operand(state, bundle.Inputs[1].get());
        if (!n.bits.is_const()) throw Stop{Inconclusive::NotConstant, "assumed alignment"};
        check_alignment(state, observe(state, p, "an address"),
                        static_cast<std::uint64_t>(n.bits.value()), "assumed pointer");
      }
      break;
    }
    case Id::trap:
    case Id::debugtrap:
    case Id::ubsantrap:
      end_state(state, EndKind::Bug, "trap");
      return false;
    case Id::returnaddress: {
      // Only printed or stored: any non-null address.
      const Bv a = fresh(state, "asm", "return address", pointer_bits_);
      restrict_to(state, any_bit(a));
      put(V(a));
      break;
    }
    case Id::ptrmask: {
      const V p = arg(0), m = arg(1);
      put(binary(pool_, llvm::Instruction::And, {}, p, resize(pool_, m, pointer_bits_, false)));
      break;
    }
    default:
      throw Stop{Inconclusive::UnknownIntrinsic, fn.getName().str()};
  }
  ++state.top().inst;
  return true;
}

template <class D>
void Executor<D>::lifetime(S& state, const llvm::CallBase& call, bool begins) {
  const V p = operand(state, call.getArgOperand(1));
  if (!p.bits.is_const()) throw Stop{Inconclusive::PointerUnresolved, "lifetime marker"};
  const Object<Bv>* o = objects_.containing(static_cast<std::uint64_t>(p.bits.value()));
  if (o == nullptr || o->kind != ObjectKind::Alloca) {
    if (o == nullptr && objects_.before(static_cast<std::uint64_t>(p.bits.value())) != nullptr &&
        objects_.before(static_cast<std::uint64_t>(p.bits.value()))->size == 0)
      return;  // empty object
    throw Stop{Inconclusive::Internal, "lifetime marker of no stack object"};
  }
  Contents<Bv>& c = state.memory.edit(o->id, o->size);
  std::fill(c.chunks.begin(), c.chunks.end(), nullptr);  // contents undefined
  c.alive = Bv::boolean(begins);
}

/// The greatest length to handle; `out` is the length itself.
template <class D>
std::uint64_t Executor<D>::bounded_length(S& state, const V& length, Bv& out,
                                          const std::string& what) {
  out = observe(state, length, "a length");
  if (out.is_const()) {
    if (out.value() > (1 << 24)) throw Stop{Inconclusive::SizeUnresolved, "length of " + what};
    return static_cast<std::uint64_t>(out.value());
  }
  const u128 bound = std::min<u128>(umax_bound(out), options_.max_length);
  const Bv within = ule(out, Bv::constant(out.width(), bound));
  // Find a small bound: powers of two, then the limit.
  for (u128 n = 8; n < bound; n *= 2)
    if (feasible(state, ugt(out, Bv::constant(out.width(), n))) == Feasible::No)
      return static_cast<std::uint64_t>(n);
  if (!within.is_true() && feasible(state, bv_not(within)) != Feasible::No)
    throw Stop{Inconclusive::SizeUnresolved,
               "length of " + what + " may exceed " + std::to_string(options_.max_length)};
  return static_cast<std::uint64_t>(bound);
}

template <class D>
void Executor<D>::memory_set(S& state, const llvm::CallBase& call) {
  Bv length;
  const std::uint64_t n =
      bounded_length(state, operand(state, call.getArgOperand(2)), length, "memset");
  const Bv p = observe(state, operand(state, call.getArgOperand(0)), "an address");
  const V value = operand(state, call.getArgOperand(1));
  if (n == 0) return;
  const bool fixed = length.is_const();
  if (!fixed) restrict_to(state, Bv::boolean(true));
  // Pieces of 8 aligned bytes, so that a reload of a word gives one value.
  const auto piece = [&](std::uint64_t at, unsigned bytes) {
    Bv bits = value.bits;
    for (unsigned i = 1; i < bytes; ++i) bits = concat(bits, value.bits);
    V v(bits);
    if (value.taint) {
      Bv u = value.taint->undef;
      for (unsigned i = 1; i < bytes; ++i) u = concat(u, value.taint->undef);
      v.taint = pool_.taint(value.taint->poison, u);
    }
    store_scalar(state, add(p, Bv::constant(p.width(), at)), v, "memset");
  };
  if (fixed) {
    // One look at the whole range first: a violation is one finding, not one per piece.
    const auto whole = resolve(state, p, n, true, "memset");
    (void)whole;
    std::uint64_t at = 0;
    const std::uint64_t skew = p.is_const() ? static_cast<std::uint64_t>(p.value() % 8) : 0;
    while (at < n) {
      const auto bytes =
          static_cast<unsigned>(std::min<std::uint64_t>(n - at, 8 - (at + skew) % 8));
      piece(at, bytes);
      at += bytes;
    }
    return;
  }
  for (std::uint64_t at = 0; at < n; ++at) {
    const Bv in = ugt(length, Bv::constant(length.width(), at));
    if (in.is_false()) break;
    if (feasible(state, in) == Feasible::No) break;
    // Where the byte is not covered, the address need not be valid.
    S probe = state;
    restrict_to(probe, in);
    const std::vector<Target> targets =
        resolve(probe, add(p, Bv::constant(p.width(), at)), 1, true, "memset");
    Bv others = Bv::boolean(false);
    for (const Target& t : targets) {
      Target g = t;
      g.guard = bv_and(in, t.guard.is_true() ? bv_not(others) : t.guard);
      others = bv_or(others, t.guard);
      store_target(state, g, value);
    }
    // What the probe excluded (findings) is excluded here too.
    for (std::size_t i = 0; i < probe.path.size(); ++i)
      if (std::none_of(state.path.begin(), state.path.end(),
                       [&](const Bv& c) { return c.same(probe.path[i]); }))
        add_condition(state, implies(in, probe.path[i]));
  }
}

template <class D>
void Executor<D>::memory_copy(S& state, const llvm::CallBase& call, bool may_overlap) {
  const std::string what = may_overlap ? "memmove" : "memcpy";
  Bv length;
  const std::uint64_t n =
      bounded_length(state, operand(state, call.getArgOperand(2)), length, what);
  const Bv to = observe(state, operand(state, call.getArgOperand(0)), "an address");
  const Bv from = observe(state, operand(state, call.getArgOperand(1)), "an address");
  if (n == 0) return;
  const unsigned w = to.width();
  if (!may_overlap) {
    // Ranges of a memcpy are equal or disjoint.
    const Bv wide = resize(pool_, V(length), w, false).bits;
    const Bv apart = bv_and(uge(sub(to, from), wide), uge(sub(from, to), wide));
    const Bv none = eq(length, Bv::constant(length.width(), 0));
    require(state, bv_or(bv_or(eq(to, from), apart), none), FindingKind::OutOfBounds,
            "memcpy of overlapping ranges");
  }
  if (!length.is_const()) {
    // Where the length is smaller than the bound, the rest of the ranges need not exist: show that
    // what is copied lies within, byte by byte under its guard.
    std::vector<V> bytes;
    std::vector<Bv> guards;
    for (std::uint64_t at = 0; at < n; ++at) {
      const Bv in = ugt(length, Bv::constant(length.width(), at));
      if (feasible(state, in) == Feasible::No) break;
      S probe = state;
      restrict_to(probe, in);
      bytes.push_back(load_scalar(probe, add(from, Bv::constant(w, at)), 1, what));
      (void)resolve(probe, add(to, Bv::constant(w, at)), 1, true, what);
      for (const Bv& c : probe.path)
        if (std::none_of(state.path.begin(), state.path.end(),
                         [&](const Bv& d) { return d.same(c); }))
          add_condition(state, implies(in, c));
      guards.push_back(in);
    }
    for (std::uint64_t at = 0; at < bytes.size(); ++at) {
      S probe = state;
      restrict_to(probe, guards[at]);
      const std::vector<Target> targets =
          resolve(probe, add(to, Bv::constant(w, at)), 1, true, what);
      Bv others = Bv::boolean(false);
      for (const Target& t : targets) {
        Target g = t;
        g.guard = bv_and(guards[at], t.guard.is_true() ? bv_not(others) : t.guard);
        others = bv_or(others, t.guard);
        store_target(state, g, bytes[at]);
      }
    }
    return;
  }
  const std::vector<Target> source = resolve(state, from, n, false, what);
  const std::vector<Target> target = resolve(state, to, n, true, what);
  const auto plain = [&](const std::vector<Target>& t) {
    return t.size() == 1 && objects_.at(t[0].object).kind != ObjectKind::PageArray;
  };
  if (plain(source) && plain(target)) {
    std::vector<Cell<Bv>> cells(n);
    for (std::uint64_t i = 0; i < n; ++i)
      cells[i] = cell(state.memory, source[0].object, source[0].offset + i);
    put_cells(state, target[0].object, target[0].offset, cells);
    return;
  }
  if (n > options_.max_length) throw Stop{Inconclusive::SizeUnresolved, "length of " + what};
  // Several places: copy in words of 8 bytes, all read before the first is written.
  std::vector<V> words;
  for (std::uint64_t at = 0; at < n; at += 8)
    words.push_back(load_scalar(state, add(from, Bv::constant(w, at)),
                                static_cast<unsigned>(std::min<std::uint64_t>(8, n - at)), what));
  for (std::uint64_t i = 0; i < words.size(); ++i) {
    // A copy may carry undefined bytes: store without observing them.
    const Bv address = add(to, Bv::constant(w, 8 * i));
    const std::vector<Target> targets =
        resolve(state, address, words[i].bits.width() / 8, true, what);
    Bv others = Bv::boolean(false);
    for (const Target& t : targets) {
      Target g = t;
      if (targets.size() > 1 && t.guard.is_true()) g.guard = bv_not(others);
      others = bv_or(others, t.guard);
      store_target(state, g, words[i]);
    }
  }
}

}  // namespace sgproof::exec

#include "properties/random_family.hpp"

#include <algorithm>
#include <array>

#include "model/invariants/context.hpp"
#include "properties/roles.hpp"

namespace sgproof::properties {
namespace {

constexpr std::uint64_t kPage = 0x1000;

/// `how_neutral` of 16 inputs are neutral.
class Draw {
 public:
  Draw(const model::Family& family, Random64& random)
      : family_(family),
        random_(random),
        s_(family.shape),
        how_neutral_(8 + random.below(8)),
        is_bounce_(family.shape.nops != 0 && family.shape.ops[0].code == SGP_OP_BOUNCE_POOL) {}

  sgp_scenario scenario() {
    for (const model::Input& input : family_.inputs)
      if (input.tied_to < 0) word_of(s_, input.word) = value(input);
    for (auto& dev : s_.world.devices)
      if (dev.force_bounce && random_.below(8)) dev.swiotlb_active = 1;
    for (const model::Input& input : family_.inputs)
      if (input.derived) derive(input);
    shorten_parts();
    for (const model::Input& input : family_.inputs)
      if (input.tied_to >= 0)
        word_of(s_, input.word) = word_of(s_, static_cast<std::size_t>(input.tied_to));
    return s_;
  }

 private:
  [[nodiscard]] std::uint64_t neutral(const model::Input& input) const {
    const std::uint64_t base =
        input.neutral_of < 0 ? 0 : word_of(s_, static_cast<std::size_t>(input.neutral_of));
    return base + input.neutral;
  }

  std::uint64_t value(const model::Input& input) {
    const std::uint64_t usual = neutral(input);
    if (random_.below(16) < how_neutral_) return usual;
    if (is_bounce_ && is_mask(input)) return low_bits() & input.max;
    std::uint64_t v = random_.below(2) ? boundary(usual, input.max) : bits(usual);
    if (input.role == "DMA mask" && random_.below(4)) v = ~0ULL >> random_.below(40);
    const bool aligned = input.role == "BAR address" || input.role == "BAR size" ||
                         input.role == "bus offset" || input.role == "pool address";
    if (aligned) v &= ~(kPage - 1);
    if (v > input.max) v = input.max == ~0ULL ? v : v % (input.max + 1);
    return v;
  }

  [[nodiscard]] static bool is_mask(const model::Input& input) {
    return input.role == "alignment mask" || input.role == "allocation alignment" ||
           input.role == "segment boundary";
  }

  /// Some low bits; often as many as a sector's, a slot's or a page's size has.
  std::uint64_t low_bits() {
    const std::array<std::uint64_t, 6> usual = {9, 11, 12, 12, 13, 1 + random_.below(63)};
    return (1ULL << usual[random_.below(usual.size())]) - 1;
  }

  std::uint64_t boundary(std::uint64_t usual, std::uint64_t max) {
    const std::uint64_t power = 1ULL << random_.below(64);
    const std::array<std::uint64_t, 14> all = {
        0,         1,         2,         max,           max - 1,   kPage - 1, kPage,
        kPage + 1, power - 1, power + 1, 0xffffefffULL, usual + 1, usual - 1, max - kPage};
    return all[random_.below(all.size())];
  }

  /// Random bits, of a random width, around the neutral value or by themselves.
  std::uint64_t bits(std::uint64_t usual) {
    const std::uint64_t v = random_() >> random_.below(64);
    return random_.below(2) ? v : random_.below(2) ? usual + v : usual - v;
  }

  void derive(const model::Input& input) {
    sgp_world& w = s_.world;
    if (&word_of(s_, input.word) == &w.swiotlb_end) {
      const sgp_world& shape = family_.shape.world;
      w.swiotlb_end = w.swiotlb_start + (shape.swiotlb_end - shape.swiotlb_start);
    }
    for (unsigned j = 0; j < s_.npages; ++j) {
      sgp_page& page = s_.world.pages[j];
      if (&word_of(s_, input.word) != &page.pfn) continue;
      if (page.kind == 0 || page.kind > SGP_MAX_PROVIDERS) return;  // as it was drawn
      const sgp_provider& p = s_.world.providers[page.kind - 1];
      const std::uint64_t count = std::max<std::uint64_t>(p.size / kPage, 1);
      const std::array<std::uint64_t, 4> frames = {
          0, count - 1, std::min<std::uint64_t>(j, count - 1), random_.below(count)};
      page.pfn = p.cpu_start / kPage + frames[random_.below(frames.size())];
      return;
    }
    for (unsigned c = 0; c < SGP_MAX_CHOICES; ++c) {
      std::uint64_t& slot = s_.world.choices[c];
      if (&word_of(s_, input.word) != &slot) continue;
      const std::uint64_t size = (s_.world.swiotlb_end - s_.world.swiotlb_start) / SGP_MAX_CHOICES;
      slot = random_.below(8) ? s_.world.swiotlb_start + c * size : ~0ULL;
    }
  }

  /// Most parts that are drawn lie within the entry, or the bounced mapping.
  void shorten_parts() {
    std::array<std::uint64_t, SGP_MAX_NENTS> length{};
    for (std::uint64_t i = 0; i < s_.nops; ++i) {
      sgp_op& op = s_.ops[i];
      const auto code = static_cast<sgp_opcode>(op.code);
      if (code == SGP_OP_SET_PAGE || model::is_bounce_map(code)) length.at(op.entry) = op.length;
      if (!(model::is_part_sync(code) || model::is_bounce_sync(code)) || length.at(op.entry) == 0)
        continue;
      op.offset = std::min(op.offset, length.at(op.entry) - 1);
      op.length = std::min(op.length, length.at(op.entry) - op.offset);
    }
  }

  const model::Family& family_;
  Random64& random_;
  sgp_scenario s_;
  std::uint64_t how_neutral_;
  bool is_bounce_;  ///< the pool is code (kernel-extract/harness/tu_swiotlb.c)
};

}  // namespace

sgp_scenario draw(const model::Family& family, Random64& random) {
  return Draw(family, random).scenario();
}

}  // namespace sgproof::properties

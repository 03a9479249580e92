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
      : family_(family), random_(random), s_(family.shape), how_neutral_(8 + random.below(8)) {}

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
    std::uint64_t v = random_.below(2) ? boundary(usual, input.max) : bits(usual);
    if (input.role == "DMA mask" && random_.below(4)) v = ~0ULL >> random_.below(40);
    const bool aligned = input.role == "BAR address" || input.role == "BAR size" ||
                         input.role == "bus offset" || input.role == "pool address";
    if (aligned) v &= ~(kPage - 1);
    if (v > input.max) v = input.max == ~0ULL ? v : v % (input.max + 1);
    return v;
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

  /// Most parts that are drawn lie within the entry.
  void shorten_parts() {
    std::array<std::uint64_t, SGP_MAX_NENTS> length{};
    for (std::uint64_t i = 0; i < s_.nops; ++i) {
      sgp_op& op = s_.ops[i];
      if (op.code == SGP_OP_SET_PAGE) length.at(op.entry) = op.length;
      if (!model::is_part_sync(static_cast<sgp_opcode>(op.code)) || length.at(op.entry) == 0)
        continue;
      op.offset = std::min(op.offset, length.at(op.entry) - 1);
      op.length = std::min(op.length, length.at(op.entry) - op.offset);
    }
  }

  const model::Family& family_;
  Random64& random_;
  sgp_scenario s_;
  std::uint64_t how_neutral_;
};

}  // namespace

sgp_scenario draw(const model::Family& family, Random64& random) {
  return Draw(family, random).scenario();
}

}  // namespace sgproof::properties

// A byte buffer read as decisions. Total: past the end every byte is 0.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sgproof::properties {

class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return at_ >= bytes_.size(); }
  std::uint8_t byte() { return empty() ? 0 : bytes_[at_++]; }
  /// The low bit of a byte.
  bool flag() { return byte() & 1; }
  /// True once in `n` times; false for a zero byte.
  bool rarely(unsigned n) { return byte() % n == n - 1; }
  /// 0..n-1, 0 for a zero byte.
  unsigned below(unsigned n) { return byte() % n; }
  template <class T, std::size_t N>
  const T& pick(const std::array<T, N>& choices) {
    return choices[byte() % N];
  }
  std::uint64_t word() {
    std::uint64_t w = 0;
    for (int i = 0; i < 8; ++i) w |= static_cast<std::uint64_t>(byte()) << (8 * i);
    return w;
  }
  /// A number 0..max that favours both ends and single bits.
  std::uint64_t number(std::uint64_t max) {
    const std::uint64_t how = byte();
    const std::uint64_t near = how >> 4;
    switch (how % 5) {
      case 0:
        return std::min(near, max);
      case 1:
        return max - std::min(near, max);
      case 2:
        return std::min(max, std::uint64_t{1} << (byte() % 64));
      default:
        return max == ~std::uint64_t{0} ? word() : word() % (max + 1);
    }
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

}  // namespace sgproof::properties

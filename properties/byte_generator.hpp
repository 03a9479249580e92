// RapidCheck's generator of the decoder's buffers.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "properties/decoder.hpp"

namespace sgproof::properties {

using Buffer = std::vector<std::uint8_t>;

/// Simpler buffers: without a tail, with a zeroed block, with one smaller byte. Bytes keep their
/// places, because the place decides what a byte means.
inline rc::Seq<Buffer> simpler_buffers(const Buffer& buffer) {
  std::vector<Buffer> simpler;
  const std::size_t n = buffer.size();
  for (std::size_t keep = 0; keep < n; keep = std::max(keep + (n - keep) / 2, keep + 1))
    simpler.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(keep));
  for (std::size_t block = n / 2; block > 0; block /= 2)
    for (std::size_t at = 0; at < n; at += block) {
      Buffer zeroed = buffer;
      const auto from = zeroed.begin() + static_cast<std::ptrdiff_t>(at);
      std::fill(from, from + static_cast<std::ptrdiff_t>(std::min(block, n - at)), 0);
      if (zeroed != buffer) simpler.push_back(std::move(zeroed));
    }
  return rc::seq::fromContainer(std::move(simpler));
}

/// Uniform bytes; the length grows with RapidCheck's size, up to what the decoder reads at 100.
inline rc::Gen<Buffer> byte_buffer() {
  return rc::Gen<Buffer>([](const rc::Random& random, int size) {
    rc::Random r(random);
    const std::size_t most =
        kDecodedBytes * static_cast<std::size_t>(std::clamp(size, 1, 100)) / 100;
    // half of the buffers are as long as they may be: only those reach the world
    Buffer buffer(r.next() & 1 ? kDecodedBytes : r.next() % (most + 1));
    for (std::size_t i = 0; i < buffer.size();) {
      std::uint64_t word = r.next();
      for (int b = 0; b < 8 && i < buffer.size(); ++b, word >>= 8)
        buffer[i++] = static_cast<std::uint8_t>(word);
    }
    return rc::shrinkable::shrinkRecur(std::move(buffer),
                                       [](const Buffer& b) { return simpler_buffers(b); });
  });
}

}  // namespace sgproof::properties

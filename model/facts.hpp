// Facts of one configuration of the tree under check, read out of its bitcode and its .config.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sgproof::model {

/// The numbers that a model of a configuration is built from; nothing here is typed in.
struct Facts {
  std::map<std::string, std::uint64_t> values;  ///< constants of kernel-extract/harness/facts.c
  std::map<std::string, std::string> kconfig;   ///< CONFIG_ symbols without the prefix

  /// The fact, or throws sgproof::Error(Unsupported, SGP-E0201) that names it.
  [[nodiscard]] std::uint64_t at(const std::string& name) const;
  /// The fact, or `otherwise` where the tree has no such thing.
  [[nodiscard]] std::uint64_t get(const std::string& name, std::uint64_t otherwise) const;

  /// Whether entries can be marked as bus addresses in this configuration.
  [[nodiscard]] bool has_bus_mark() const;
  /// Whether the configuration has this Kconfig symbol built in.
  [[nodiscard]] bool enabled(const std::string& symbol) const;
  /// Whether lists are mapped directly in this configuration (SGP_MAPS_LISTS of the harness).
  [[nodiscard]] bool maps_lists() const;
  /// Whether there are providers, whose memory lists can have.
  [[nodiscard]] bool has_peers() const;
  /// Whether there is a pool of bounce buffers.
  [[nodiscard]] bool has_pool() const;
  /// Whether unmapping is code: kernel/dma/direct.h leaves it out where nothing was copied and the
  /// CPU's caches need nothing.
  [[nodiscard]] bool unmaps() const;
  /// Whether devices can be not coherent, and what is executed of untrusted ones behind an IOMMU,
  /// where there is one, is not left to booted kernels (SGP_HAS_NONCOHERENT of the harness).
  [[nodiscard]] bool has_noncoherent() const;
  /// All bits of page_link that the tree takes for marks.
  [[nodiscard]] std::uint64_t link_mask() const;
  /// Frames that have a `struct page`, for PFN_RANGE.
  [[nodiscard]] std::uint64_t frames() const;
  /// Largest value of a pointer, for POINTER_WIDTH.
  [[nodiscard]] std::uint64_t word_mask() const;
};

}  // namespace sgproof::model

// Memory shared with the booted kernel; see runner/mailbox.h for what is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "replay/abi.hpp"
#include "replay/record.hpp"

namespace sgproof::replay {

/// What the kernel said about itself when the runner was loaded.
struct MachineFacts {
  bool ready = false;                  ///< the rest is valid
  std::uint64_t flags = 0;             ///< enum sgp_guest_flags
  std::uint64_t word_bits = 0;         ///< 32 or 64
  std::uint64_t page_struct_size = 0;  ///< sizeof(struct page), bytes
  std::uint64_t memmap_base = 0;       ///< pointer to the struct page of page frame 0
  std::uint64_t linux_version = 0;     ///< LINUX_VERSION_CODE
  std::uint64_t swiotlb_start = 0;     ///< physical range of the bounce pool
  std::uint64_t swiotlb_end = 0;
};

/// An anonymous file that QEMU maps as the BAR of an ivshmem device. Nothing is left on disk.
class Mailbox {
 public:
  /// Largest number of scenarios that fit a mailbox of at most `limit` bytes.
  static std::size_t capacity(std::size_t limit);

  /// Lays out a mailbox (a power of two bytes) with these scenarios. Throws Error(Environment).
  Mailbox(std::span<const sgp_scenario> scenarios, std::uint64_t nonce);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::uint64_t nonce() const { return nonce_; }

  /// Memory of the BAR, for tests that play the kernel.
  [[nodiscard]] std::span<std::byte> bytes() { return {data_, size_}; }

  [[nodiscard]] MachineFacts facts() const;
  /// Index of the scenario that the kernel executes or would execute next; at most the count.
  /// Nothing if the field holds a value that the runner never writes.
  [[nodiscard]] std::optional<std::uint64_t> next() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] Record record(std::uint64_t index, const sgp_scenario& scenario) const;

 private:
  [[nodiscard]] sgp_mbox_header header() const;
  int fd_ = -1;
  std::size_t size_ = 0;
  std::size_t count_ = 0;
  std::size_t records_off_ = 0;
  std::uint64_t nonce_ = 0;
  std::byte* data_ = nullptr;
};

}  // namespace sgproof::replay

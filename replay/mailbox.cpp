#include "replay/mailbox.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "model/error.hpp"
#include "replay/error_ids.hpp"

namespace sgproof::replay {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kLeast = std::size_t{1} << 20;
constexpr std::size_t kScenariosOff = kPage;

constexpr std::size_t page_up(std::size_t n) { return (n + kPage - 1) / kPage * kPage; }

constexpr std::size_t records_off(std::size_t count) {
  return page_up(kScenariosOff + count * sizeof(sgp_scenario));
}

Error failed(const char* what) {
  return Error(ErrorKind::Environment, id::kMailbox, "replay",
               std::string(what) + ": " + std::generic_category().message(errno))
      .hint("free some memory: a mailbox takes 12 KiB per scenario");
}

}  // namespace

std::size_t Mailbox::capacity(std::size_t limit) {
  const auto size = std::bit_floor(limit);
  if (size < kLeast) return 0;
  return (size - kScenariosOff - kPage) / (sizeof(sgp_scenario) + sizeof(sgp_record));
}

Mailbox::Mailbox(std::span<const sgp_scenario> scenarios, std::uint64_t nonce)
    : count_(scenarios.size()), records_off_(records_off(scenarios.size())), nonce_(nonce) {
  size_ = std::bit_ceil(std::max(kLeast, records_off_ + count_ * sizeof(sgp_record)));
  fd_ = ::memfd_create("sgproof-mailbox", MFD_CLOEXEC);
  if (fd_ < 0) throw failed("no shared memory for the mailbox");
  void* mapped = MAP_FAILED;
  if (::ftruncate(fd_, static_cast<off_t>(size_)) == 0)
    mapped = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (mapped == MAP_FAILED) {
    const int why = errno;
    ::close(fd_);
    errno = why;
    throw failed("the mailbox cannot be mapped");
  }
  data_ = static_cast<std::byte*>(mapped);
  sgp_mbox_header header{};
  header.magic = SGP_MBOX_MAGIC;
  header.version = SGP_MBOX_VERSION;
  header.size = size_;
  header.count = count_;
  header.scenario_size = sizeof(sgp_scenario);
  header.record_size = sizeof(sgp_record);
  header.scenarios_off = kScenariosOff;
  header.records_off = records_off_;
  header.nonce = nonce_;
  std::memcpy(data_, &header, sizeof(header));
  std::memcpy(data_ + kScenariosOff, scenarios.data(), scenarios.size_bytes());
}

Mailbox::~Mailbox() {
  ::munmap(data_, size_);
  ::close(fd_);
}

sgp_mbox_header Mailbox::header() const {
  sgp_mbox_header header;
  std::memcpy(&header, data_, sizeof(header));
  return header;
}

MachineFacts Mailbox::facts() const {
  const auto h = header();
  if (h.guest_magic != SGP_GUEST_MAGIC) return {};
  return {.ready = true,
          .flags = h.flags,
          .word_bits = h.word_bits,
          .page_struct_size = h.page_struct_size,
          .memmap_base = h.memmap_base,
          .linux_version = h.linux_version,
          .swiotlb_start = h.swiotlb_start,
          .swiotlb_end = h.swiotlb_end};
}

std::optional<std::uint64_t> Mailbox::next() const {
  const auto h = header();
  if (h.magic != SGP_MBOX_MAGIC || h.nonce != nonce_ || h.count != count_ ||
      h.guest_magic != SGP_GUEST_MAGIC || h.state > SGP_MBOX_FINISHED || h.next > count_)
    return std::nullopt;
  return h.next;
}

bool Mailbox::finished() const {
  const auto at = next();
  return at && *at == count_ && header().state == SGP_MBOX_FINISHED;
}

Record Mailbox::record(std::uint64_t index, const sgp_scenario& scenario) const {
  // A copy first: a machine that still runs could change the memory between check and use.
  std::vector<std::byte> copy(sizeof(sgp_record));
  std::memcpy(copy.data(), data_ + records_off_ + index * sizeof(sgp_record), copy.size());
  return parse_record(copy, index, nonce_, scenario);
}

}  // namespace sgproof::replay

#include "properties/table_legality.hpp"

#include <algorithm>

namespace sgproof::properties {
namespace {

constexpr std::uint64_t kPage = 0x1000;

/// Pages that later calls bring before the table is freed, and whether it is.
struct Later {
  std::uint64_t pages = 0;
  bool used = false;  ///< by something else than extending and freeing it
};

Later after(const sgp_scenario& s, std::uint64_t index) {
  Later later;
  for (std::uint64_t i = index + 1; i < s.nops; ++i) {
    const sgp_op& op = s.ops[i];
    if (op.code == SGP_OP_TABLE_FREE) break;
    if (op.code == SGP_OP_TABLE_APPEND)
      later.pages += op.raw;
    else
      later.used |= is_table_op(op.code);
  }
  return later;
}

}  // namespace

std::uint64_t chunks_of(const sgp_op& op) {
  std::uint64_t chunks = 0, left = op.length, room = op.raw == 0 ? op.offset : op.raw;
  for (; left != 0; room = op.offset) {
    ++chunks;
    left -= left > room ? room - 1 : left;
  }
  return chunks;
}

const char* TableUse::step(std::uint64_t index) {
  const sgp_op& op = s_.ops[index];
  switch (op.code) {
    case SGP_OP_TABLE_ALLOC:
    case SGP_OP_TABLE_CHUNKS:
      return make(op);
    case SGP_OP_TABLE_APPEND:
      return append(index);
    case SGP_OP_TABLE_FREE:
      if (!made_) return "there is no table";
      made_ = appended_ = false;
      announced_ = pages_ = 0;
      ram_ = true;
      return nullptr;
    default:
      return use(op);
  }
}

const char* TableUse::make(const sgp_op& op) {
  if (made_) return "there is a table already";
  made_ = true;
  if (op.code == SGP_OP_TABLE_ALLOC) {
    entries_ += op.length;
    return op.length > kMostEntries || entries_ > 2 * kMostEntries ? "too many entries" : nullptr;
  }
  if (op.length > kMostEntries) return "too many entries";
  if (op.offset < 2 || op.offset > kMostOwnChunk) return "size of the chunks";
  // with a single entry there is no place for anything but the link
  if (op.raw == 1 || op.raw > kMostOwnChunk) return "size of the first chunk";
  own_chunks_ += std::max<std::uint64_t>(chunks_of(op), 1);
  return own_chunks_ > kMostOwnChunks ? "too many chunks" : nullptr;
}

const char* TableUse::append(std::uint64_t index) {
  const sgp_op& op = s_.ops[index];
  const bool apart = op.attrs == SGP_PAGES_APART;
  if (op.page >= s_.npages || (apart && op.raw > s_.npages - op.page)) return "no such page";
  if (op.raw < 1 || op.raw > kMostFrames ||
      (!apart && (op.attrs > kMostFrames || frames_of(op) > kMostFrames)))
    return "number of pages";
  const std::uint64_t bytes = op.raw * kPage;
  if (op.length == 0 || op.offset >= kPage || op.length > bytes || op.offset + op.length > bytes ||
      op.offset + op.length <= bytes - kPage)
    return "the bytes do not end in the last page";
  const std::uint64_t max_segment = s_.world.devices[op.device].max_segment;
  if (max_segment != 0 && (max_segment < kPage || max_segment > 0xffffffffULL))
    return "longest segment";
  if (made_) {
    if (!appended_) return "a table of another kind";
    if (announced_ == 0) return "no more pages were announced";
    if (op.device != device_) return "another device";
    // the kernel takes whole pages, whatever the length says, where it extends the last segment
    if (op.offset != 0 || op.length != bytes) return "not whole pages";
  }
  const Later later = after(s_, index);
  if (op.dir != 0 && op.offset + op.length != bytes) return "not whole pages";
  if (later.used ? op.dir != later.pages : op.dir < later.pages || op.dir > kMostFrames)
    return "other pages follow than were announced";
  entries_ += op.raw + op.dir;
  if (entries_ > 3 * kMostEntries) return "too many entries";
  made_ = appended_ = true;
  device_ = op.device;
  announced_ = op.dir;
  pages_ += op.raw;
  for (std::uint64_t j = 0; j < (apart ? op.raw : 1); ++j)
    ram_ = ram_ && s_.world.pages[op.page + j].kind == 0;
  return nullptr;
}

const char* TableUse::use(const sgp_op& op) const {
  if (!made_) return "there is no table";
  if (announced_ != 0) return "the table is not complete";
  if (op.code == SGP_OP_TABLE_WALK || op.code == SGP_OP_TABLE_LENGTH) return nullptr;
  if (!appended_) return "the table has no pages";
  if (op.code == SGP_OP_TABLE_SPLIT) return op.length == 0 ? "an empty part" : nullptr;
  if (op.code == SGP_OP_TABLE_PAGES) return nullptr;
  if (pages_ > kMostCopied || op.length > kMostCopied * kPage ||
      op.offset > 2 * kMostCopied * kPage)
    return "too many bytes to look at";
  // the processor may not reach into another device as it reaches into RAM
  return ram_ ? nullptr : "not only RAM";
}

}  // namespace sgproof::properties

// Memory of one state: the contents of objects, copied on write.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "smt/exec/value.hpp"

namespace sgproof::exec {

using ObjectId = std::uint32_t;

inline constexpr unsigned kChunk = 64;  ///< bytes that are copied together

template <class Bv>
using Chunk = std::array<Cell<Bv>, kChunk>;

/// Contents of one object in one state; a null chunk has the object's initial contents.
template <class Bv>
struct Contents {
  std::vector<std::shared_ptr<const Chunk<Bv>>> chunks;
  Bv alive = Bv::boolean(true);
};

/// A store into a page array, or the moment when it became arbitrary.
template <class Bv>
struct PageWrite {
  Bv index;
  std::uint64_t offset = 0;
  Value<Bv> value;
  Bv guard = Bv::boolean(true);
  std::uint32_t arbitrary = 0;  ///< not 0: all contents replaced by those of that generation
  /// Earlier stores of the same bytes that this one changes nothing of: where the index is the
  /// same, the value is.
  std::vector<std::shared_ptr<const PageWrite>> repeats;
};

template <class Bv>
class Memory {
 public:
  using Entry = std::pair<ObjectId, std::shared_ptr<const Contents<Bv>>>;
  using Log = std::vector<std::shared_ptr<const PageWrite<Bv>>>;

  [[nodiscard]] const Contents<Bv>* find(ObjectId id) const {
    auto it = lower(id);
    return it != entries_.end() && it->first == id ? it->second.get() : nullptr;
  }
  /// Contents for writing; `size` is the object's size if it has none yet.
  Contents<Bv>& edit(ObjectId id, std::uint64_t size) {
    auto it = entries_.begin() + (lower(id) - entries_.cbegin());
    if (it == entries_.end() || it->first != id) {
      auto fresh = std::make_shared<Contents<Bv>>();
      fresh->chunks.resize((size + kChunk - 1) / kChunk);
      it = entries_.insert(it, {id, std::move(fresh)});
    } else if (it->second.use_count() > 1) {
      it->second = std::make_shared<Contents<Bv>>(*it->second);
    }
    return const_cast<Contents<Bv>&>(*it->second);
  }
  void erase(ObjectId id) {
    auto it = lower(id);
    if (it != entries_.end() && it->first == id) entries_.erase(it);
  }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }

  [[nodiscard]] const std::shared_ptr<const Log>& log(std::size_t array) const {
    static const std::shared_ptr<const Log> kEmpty = std::make_shared<Log>();
    return array < logs_.size() && logs_[array] ? logs_[array] : kEmpty;
  }
  void set_log(std::size_t array, std::shared_ptr<const Log> l) {
    if (logs_.size() <= array) logs_.resize(array + 1);
    logs_[array] = std::move(l);
  }
  [[nodiscard]] std::size_t log_count() const { return logs_.size(); }

 private:
  [[nodiscard]] auto lower(ObjectId id) const {
    return std::lower_bound(entries_.begin(), entries_.end(), id,
                            [](const Entry& e, ObjectId i) { return e.first < i; });
  }
  std::vector<Entry> entries_;
  std::vector<std::shared_ptr<const Log>> logs_;
};

}  // namespace sgproof::exec

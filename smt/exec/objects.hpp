// All objects of an executor: where they are and what they hold at first. Addresses are concrete
// and never reused, so that a dangling pointer is always recognised.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "smt/exec/memory.hpp"

namespace llvm {
class GlobalValue;
}

namespace sgproof::exec {

enum class ObjectKind : std::uint8_t { Host, Global, Function, Alloca, PageArray, Heap };

/// Whether an object is only there from some moment of the run on.
inline bool comes_and_goes(ObjectKind kind) {
  return kind == ObjectKind::Alloca || kind == ObjectKind::Heap;
}

/// What an object holds before the first store.
enum class Initial : std::uint8_t { Uninit, Zero, Arbitrary, Given };

template <class Bv>
struct Object {
  ObjectId id = 0;
  std::string name;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  ObjectKind kind = ObjectKind::Host;
  Initial initial = Initial::Uninit;
  bool read_only = false;
  const llvm::GlobalValue* global = nullptr;
  std::vector<std::shared_ptr<const Chunk<Bv>>> first;  ///< initial contents, made when needed
  // Page arrays only.
  std::uint64_t element = 0;
  std::uint64_t count = 0;
  std::size_t array = 0;  ///< which page array
};

/// Allocates address space. Stack objects, functions and data have their own ranges.
template <class Bv>
class ObjectTable {
 public:
  explicit ObjectTable(unsigned pointer_bits) {
    if (pointer_bits == 64) {
      next_function_ = 0xffffffff81000000ULL;
      next_data_ = 0xffff888010000000ULL;
      next_stack_ = 0xffffc90000010000ULL;
      gap_ = 4096;
    } else {
      next_function_ = 0xc0100000;
      next_data_ = 0xc1000000;
      next_stack_ = 0xe0000000;
      gap_ = 256;
    }
  }
  ObjectTable(const ObjectTable&) = delete;
  ObjectTable& operator=(const ObjectTable&) = delete;

  Object<Bv>& create(ObjectKind kind, std::string name, std::uint64_t size, std::uint64_t align,
                     std::optional<std::uint64_t> fixed = std::nullopt) {
    Object<Bv> o;
    o.id = static_cast<ObjectId>(objects_.size());
    o.name = std::move(name);
    o.size = size;
    o.kind = kind;
    if (fixed) {
      o.address = *fixed;
    } else {
      std::uint64_t& next = kind == ObjectKind::Function ? next_function_
                            : kind == ObjectKind::Alloca ? next_stack_
                                                         : next_data_;
      align = std::max<std::uint64_t>(align, 16);
      o.address = (next + align - 1) / align * align;
      const std::uint64_t gap = kind == ObjectKind::Alloca ? gap_ / 16 : gap_;
      next = o.address + size + gap;
    }
    by_address_[o.address] = o.id;
    objects_.push_back(std::move(o));
    return objects_.back();
  }
  [[nodiscard]] Object<Bv>& at(ObjectId id) { return objects_[id]; }
  [[nodiscard]] const Object<Bv>& at(ObjectId id) const { return objects_[id]; }
  [[nodiscard]] std::size_t size() const { return objects_.size(); }
  /// The object that contains the address, or the one whose start or end is next to it.
  [[nodiscard]] const Object<Bv>* containing(std::uint64_t address) const {
    auto it = by_address_.upper_bound(address);
    if (it == by_address_.begin()) return nullptr;
    const Object<Bv>& o = objects_[std::prev(it)->second];
    return address - o.address < o.size ? &o : nullptr;
  }
  /// The object that begins at or before the address (for messages).
  [[nodiscard]] const Object<Bv>* before(std::uint64_t address) const {
    auto it = by_address_.upper_bound(address);
    return it == by_address_.begin() ? nullptr : &objects_[std::prev(it)->second];
  }
  /// Another object overlaps this range.
  [[nodiscard]] bool overlaps(std::uint64_t address, std::uint64_t size) const {
    for (const Object<Bv>& o : objects_)
      if (address - o.address < o.size || o.address - address < size) return true;
    return false;
  }

 private:
  std::deque<Object<Bv>> objects_;
  std::map<std::uint64_t, ObjectId> by_address_;
  std::uint64_t next_function_ = 0, next_data_ = 0, next_stack_ = 0, gap_ = 0;
};

}  // namespace sgproof::exec

#include "gate/export/claim_sentence.hpp"

#include <fmt/format.h>

#include <map>

namespace sgproof::gate {

std::string claim_sentence(const std::string& invariant, const std::string& clause) {
  static const std::string kMark =
      "Exactly the entries that hold a PCI bus address are marked as such.";
  static const std::string kBus =
      "A mapped segment in peer memory holds the PCI bus address of its first byte.";
  static const std::string kUnmarked = "An entry that is not mapped claims no bus address.";
  static const std::string kLength = "A mapped segment keeps its length.";
  static const std::string kDirect =
      "A mapped segment that the device reaches holds its physical address.";
  static const std::string kMarksApart =
      "Setting or clearing one mark of an entry changes nothing else of it.";
  static const std::string kError = "A failed map call returns the error that says why.";
  static const std::string kCount = "A map call says how many entries it mapped.";
  static const std::string kSame =
      "The same segment is mapped in the same way, whatever stands beside it.";
  static const std::string kKept =
      "A map, sync or unmap call leaves page, offset and length alone.";
  static const std::string kLast =
      "Mapping, synchronising and unmapping keep where a list ends or continues.";
  static const std::string kChain = "A chain entry points to the next table, and holds no data.";
  static const std::map<std::string, std::string> kSentences = {
      {"ENC-1 read-back", "The page that was assigned to an entry reads back."},
      {"ENC-1 completes", "Every page of the machine can be assigned to an entry."},
      {"ENC-2 bus-mark",
       "Setting or clearing a bus address mark does that, and nothing else does."},
      {"ENC-2 chain-mark", "An entry that is marked as the end of its list is no chain entry."},
      {"ENC-2 end-mark",
       "Marking an entry as the end of its list does that, and nothing else does."},
      {"ENC-2 length-kept", kMarksApart},
      {"ENC-2 offset-kept", kMarksApart},
      {"ENC-2 pointer-kept", kMarksApart},
      {"ENC-3 chain-bits", "No bit of a chain pointer is taken for a mark."},
      {"ENC-3 page-bits", "No bit of a page pointer is taken for a mark."},
      {"ENC-4 chain-mark", kChain},
      {"ENC-4 length-cleared", kChain},
      {"ENC-4 no-end", kChain},
      {"ENC-4 offset-cleared", kChain},
      {"ENC-4 read-back", kChain},
      {"ENC-5 assigned-unmarked", kUnmarked},
      {"ENC-5 init-no-bus-mark", kUnmarked},
      {"ENC-5 init-no-chain-mark", "A fresh table has no chain entry."},
      {"ENC-7 length-kept", "The length that was given to an entry reads back."},
      {"ENC-7 no-bug-on-aligned", "Every aligned page pointer can be assigned to an entry."},
      {"ENC-7 offset-kept", "The offset that was given to an entry reads back."},
      {"MAP-1 address", kBus},
      {"MAP-1 length", kLength},
      {"MAP-1 marked", kMark},
      {"MAP-10 address", kDirect},
      {"MAP-10 bus-address", kBus},
      {"MAP-10 bus-mark", kMark},
      {"MAP-10 chain-mark-kept", kLast},
      {"MAP-10 end-mark-kept", kLast},
      {"MAP-10 length", kLength},
      {"MAP-10 unmarked-after-unmap", kUnmarked},
      {"MAP-11 succeeds", "A list that the device can reach can be mapped."},
      {"MAP-2 address", kDirect},
      {"MAP-2 length", kLength},
      {"MAP-2 unmarked", kMark},
      {"MAP-2 within-mask", "Every byte of a mapped segment is within the device's reach."},
      {"MAP-3 kept-by-sync", "Synchronising a mapped list leaves its addresses and marks alone."},
      {"MAP-3 unmarked-after-failure", kUnmarked},
      {"MAP-3 unmarked-after-unmap", kUnmarked},
      {"MAP-4 errno", kError},
      {"MAP-4 length-kept", kKept},
      {"MAP-4 offset-kept", kKept},
      {"MAP-4 page-kept", kKept},
      {"MAP-6 same-address", kSame},
      {"MAP-6 same-length", kSame},
      {"MAP-6 same-mark", kSame},
      {"MAP-9 count", kCount},
      {"MAP-9 errno", kError},
      {"MAP-9 nents", kCount},
      {"MAP-9 remote-io", "A list with peer memory out of reach is refused for good."},
      {"REF-1 assign-marks", "Assigning a page keeps where the list ends or continues."},
      {"REF-1 count", kCount},
      {"REF-1 fields-kept", kKept},
      {"REF-1 init", "A fresh table is empty, and only its last entry is the end."},
      {"REF-1 map-error", kError}};
  const auto it = kSentences.find(invariant + " " + clause);
  return it != kSentences.end() ? it->second
                                : fmt::format("{} of the list must hold {}.", clause, invariant);
}

}  // namespace sgproof::gate

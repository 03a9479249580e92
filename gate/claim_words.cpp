#include "gate/claim_words.hpp"

#include <map>
#include <utility>

namespace sgproof::gate {

ClaimWords claim_words(const std::string& invariant, const std::string& clause) {
  static const ClaimWords kAddress{"the address of the segment itself, or a free slot of the pool",
                                   "another address"};
  static const ClaimWords kNothingElse{"an address and length that the map call handed out",
                                       "something else was given to swiotlb"};
  static const std::map<std::pair<std::string, std::string>, ClaimWords> kWords = {
      {{"ENC-1", "completes"}, {"the call returns", "it ends in a BUG"}},
      {{"ENC-7", "bug-on-misaligned"}, {"a BUG for the misaligned pointer", "none"}},
      {{"ENC-7", "no-bug-on-aligned"}, {"no BUG for the aligned pointer", "a BUG"}},
      {{"LST-1", "entries"}, {"each entry once, slot by slot", "another entry, or none"}},
      {{"LST-1", "end"}, {"an END mark on the last entry only", "another"}},
      {{"LST-2", "free-exact"},
       {"each chunk once, with the size and in the way it was allocated", "another call"}},
      {{"LST-2", "released"}, {"all chunks given back", "some kept"}},
      {{"LST-2", "kept"}, {"no chunk of the table given back", "one given back"}},
      {{"LST-2", "inside"}, {"nothing written behind a chunk", "something written there"}},
      {{"LST-2", "shape"}, {"chunks with room for the entries and one link each", "others"}},
      {{"LST-4", "bytes"}, {"the bytes of the pages, in order", "others"}},
      {{"LST-4", "no-empty"}, {"no segment of length 0", "one"}},
      {{"LST-4", "one-pgmap"}, {"pages of one owner in each segment", "of several"}},
      {{"LST-5", "split-bytes"}, {"the bytes asked for, in order", "others"}},
      {{"LST-5", "split-legal"}, {"a list with an END and no empty entries", "another"}},
      {{"LST-5", "split-released"}, {"what is not the caller's given back", "some kept"}},
      {{"LST-5", "bytes"}, {"the bytes asked for, in order", "others"}},
      {{"LST-5", "nothing-else"}, {"no other memory changed or mapped", "some"}},
      {{"LST-6", "pages"}, {"each page of each segment once", "others"}},
      {{"SWT-1", "apart"}, {"slots that no other mapping has", "slots of another"}},
      {{"SWT-2", "bytes"}, {"every byte copied to its place", "one that is not"}},
      {{"SWT-2", "nothing-else"}, {"only bytes that must be, at their places", "others"}},
      {{"SWT-3", "largest-fits"}, {"a mapping of the advertised size", "none"}},
      {{"SWT-3", "slots-cleared"}, {"free slots that hold nothing", "something"}},
      {{"SWT-4", "boundary"}, {"no slots across the device's boundary", "some across it"}},
      {{"MAP-2", "address"}, kAddress},
      {{"MAP-10", "address"}, kAddress},
      {{"MAP-2", "within-mask"}, {"all bytes within the device's mask", "some beyond it"}},
      {{"MAP-4", "errno"}, {"0, or -EINVAL, -ENOMEM, -EIO or -EREMOTEIO of a table", "another"}},
      {{"MAP-4", "buffer-kept"},
       {"nothing copied from a slot that no device wrote to", "the slot copied to the buffer"}},
      {{"MAP-3", "kept-by-sync"}, {"what the map call left there", "something else"}},
      {{"MAP-5", "nothing-else"}, kNothingElse},
      {{"MAP-10", "nothing-else"}, kNothingElse},
      {{"CTX-1", "does-not-sleep"}, {"nothing that may sleep in atomic context", "something"}},
      {{"MAP-11", "succeeds"}, {"success: the segments can be mapped", "failure"}},
      {{"MAP-7", "own-type"},
       {"what the map type of the peer memory asks for", "another treatment"}},
      {{"IOM-1", "covers"}, {"addresses for every segment in memory", "too few"}},
      {{"IOM-1", "no-more"}, {"no more addresses than padding explains", "more"}},
      {{"IOM-1", "none-needed"}, {"no address taken", "some"}},
      {{"IOM-1", "one-range"}, {"one range of addresses", "another number"}},
      {{"IOM-2", "bytes"}, {"the memory of the input list, byte by byte", "other memory"}},
      {{"IOM-2", "marked"}, {"a mark where the address is of the bus", "another mark"}},
      {{"IOM-3", "boundary"}, {"no segment across the device's boundary", "one across it"}},
      {{"IOM-3", "count"}, {"as many entries as were returned", "another number"}},
      {{"IOM-3", "rest-empty"}, {"nothing behind the last entry returned", "more"}},
      {{"IOM-3", "size"}, {"no segment above the device's limit", "a longer one"}},
      {{"IOM-4", "as-taken"}, {"the range as it was taken", "another one"}},
      {{"IOM-4", "nothing-kept"}, {"every range given back", "some kept"}},
      {{"IOM-7", "only-the-segments"}, {"memory of the segments", "other memory"}},
      {{"IOM-7", "permission"}, {"what direction and attributes allow", "another permission"}},
      {{"IOM-8", "flushed"}, {"a flush after the last unmap", "none"}},
      {{"IOM-8", "gone"}, {"nothing translates any more", "something does"}},
      {{"IOM-9", "error-is-failure"}, {"failure: the driver failed", "success"}},
      {{"SWT-1", "inside-pool"}, {"all bytes of the slot inside the pool", "some outside"}},
      {{"SWT-2", "nothing-outside"},
       {"no byte changes but those of the mappings", "the byte at this address"}},
      {{"SWT-2", "too-long"}, {"nothing copied but what lies in the part", "other bytes"}},
      {{"SWT-3", "largest-fits"},
       {"a mapping of the advertised size fits an empty pool", "one of this size was refused"}},
      {{"SAF-1", "access"}, {"every access within a live object", "one outside"}},
      {{"SAF-2", "defined"}, {"defined behaviour", "undefined behaviour"}},
      {{"SAF-3", "no-bug"}, {"no BUG", "a BUG"}},
      {{"SAF-3", "no-warn"}, {"no WARN", "a WARN"}},
      {{"SAF-4", "locks"},
       {"interrupts and preemption as they were before", "something left off or on"}},
      {{"SAF-4", "references"},
       {"each reference to a device dropped as often as it was taken", "another number"}}};
  const auto it = kWords.find({invariant, clause});
  return it == kWords.end() ? ClaimWords{} : it->second;
}

}  // namespace sgproof::gate

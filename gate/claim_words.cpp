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
      {{"MAP-2", "address"}, kAddress},
      {{"MAP-10", "address"}, kAddress},
      {{"MAP-2", "within-mask"}, {"all bytes within the device's mask", "some beyond it"}},
      {{"MAP-4", "errno"}, {"0, or -EINVAL, -ENOMEM, -EIO or -EREMOTEIO of a table", "another"}},
      {{"MAP-4", "buffer-kept"},
       {"nothing copied from a slot that no device wrote to", "the slot copied to the buffer"}},
      {{"MAP-5", "nothing-else"}, kNothingElse},
      {{"MAP-10", "nothing-else"}, kNothingElse},
      {{"MAP-11", "succeeds"}, {"success: the segments can be mapped", "failure"}},
      {{"MAP-7", "own-type"},
       {"what the map type of the peer memory asks for", "another treatment"}},
      {{"SAF-1", "access"}, {"every access within a live object", "one outside"}},
      {{"SAF-2", "defined"}, {"defined behaviour", "undefined behaviour"}},
      {{"SAF-3", "no-bug"}, {"no BUG", "a BUG"}},
      {{"SAF-3", "no-warn"}, {"no WARN", "a WARN"}}};
  const auto it = kWords.find({invariant, clause});
  return it == kWords.end() ? ClaimWords{} : it->second;
}

}  // namespace sgproof::gate

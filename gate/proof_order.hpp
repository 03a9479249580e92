// In which order the families of a configuration are proved, and which of them are not asked about
// because of what smaller ones have shown. How one is proved is not known here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernel-extract/process.hpp"
#include "model/families.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

struct FamilyOutcome {
  model::Family family;
  smt::FamilyResult result;
  bool cached = false;
};

/// What makes a family not worth asking about.
enum class NotAsked : std::uint8_t {
  EncodingWrong,    ///< of an entry, where there is no peer memory: for all that map
  TranslatedWrong,  ///< a list of one entry behind an IOMMU: for the other lists there
  PairWrong,        ///< one of two entries: for longer ones
  DirectWrong,      ///< a list of one entry: for lists of any length
};

/// Why a family was not asked about, by its result; nothing where it was.
std::optional<NotAsked> not_asked(const smt::FamilyResult& result);

/// The result of a family of which nothing is shown.
smt::FamilyResult nothing_shown(const model::Family& family, const std::string& why);

struct ProofOrder {
  /// Proves the family of the outcome. Throws what keeps it from that, also where the token is set:
  /// then the answer is of no use any more. Called from several threads where there are several
  /// jobs.
  std::function<void(FamilyOutcome& out, const smt::KnownSets& known,
                     const extract::CancelToken& token)>
      prove;
  bool has_peers = true;  ///< Facts::has_peers()
  unsigned jobs = 1;
  extract::CancelToken cancel;
};

/// Small families first: what they find is not found again in larger ones. Lists behind an IOMMU,
/// and those of any length, are hard: where one entry goes wrong, they are not asked about, and
/// three where two go wrong. Where there is no peer memory, what mapping does with an entry that is
/// encoded wrongly is of no interest, and hard. The order of what is returned does not depend on
/// timing.
std::vector<FamilyOutcome> prove_in_order(const std::vector<model::Family>& families,
                                          const ProofOrder& order);

}  // namespace sgproof::gate

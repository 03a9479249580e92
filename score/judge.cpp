#include "score/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "gate/findings.hpp"
#include "gate/session.hpp"
#include "gate/test_stage.hpp"
#include "kernel-extract/optimized_hash.hpp"
#include "model/error.hpp"
#include "score/corpus.hpp"
#include "score/stages.hpp"
#include "smt/obligations/equivalence.hpp"

namespace sgproof::score {
namespace {

using Clock = std::chrono::steady_clock;

/// What a scenario needs is far below; a mutant that loops for ever costs this several times.
constexpr auto kRunLimit = std::chrono::seconds(1);

gate::ProveRequest proofs_of(const extract::Module& module, const JudgeOptions& options,
                             gate::History* history, const extract::Context& context,
                             std::chrono::seconds limit = std::chrono::seconds(120)) {
  gate::ProveRequest request;
  request.bitcode = module.bitcode;
  request.bitcode_hash = module.bitcode_hash;
  request.facts = gate::facts_of(module);
  request.max_nents = options.max_nents;
  request.jobs = 1;
  request.history = history;
  request.cancel = context.cancel;
  // a mutant that runs away is stopped; kernels need seconds
  request.options.deadline = Clock::now() + limit;
  return request;
}

/// Names in the source of functions whose code is not that of the original, or is new.
std::set<std::string> changed_functions(const extract::Module& mutant,
                                        const extract::Module& original) {
  std::set<std::string> names;
  for (const auto& f : mutant.functions) {
    const auto* was = original.find(f.name);
    if (was == nullptr || was->hash != f.hash) names.insert(f.source_name);
  }
  return names;
}

class MutantJudge : Stages {
 public:
  MutantJudge(Judged judged, const Original& original, const JudgeOptions& options,
              const extract::Context& context)
      : Stages(std::move(judged), context), original_(original), options_(options) {}

  /// Tests, and proofs on single entries. Whether the fate is decided.
  bool examine(const extract::Module& module) {
    bool decided = true;
    guarded([&] { decided = noticed(module); });
    return decided;
  }

  void note_same(const extract::Module& module) {
    guarded([&] { same(module); });
  }

  void conclude(const extract::Module& module) {
    guarded([&] { decide(module); });
  }

  Judged take() { return std::move(out_); }

 private:
  using Families = std::vector<const model::Family*>;

  gate::Subject native(const extract::Module& module) {
    return timed("native", [&] { return gate::subject_of(module, context_, kRunLimit); });
  }

  /// Affected families: those of one entry, and the lists.
  std::pair<Families, Families> families(const extract::Module& module) {
    Families small, large;
    for (const model::Family* family : affected_families(module))
      (family->nents == 1 || family->name.starts_with("enc-") ? small : large).push_back(family);
    return {small, large};
  }

  bool noticed(const extract::Module& module) {
    gate::Subject subject = native(module);
    if (options_.tests) timed("test", [&] { return caught_by_tests(subject); });
    if (options_.proofs)
      timed("prove", [&] { return caught_by_proofs(subject, module, families(module).first); });
    if (out_.fate == Fate::Caught) {
      out_.reason.clear();
      return true;
    }
    if (!out_.left_out.empty() &&
        out_.reason.empty()) {  // it is not the same, and nothing else said so
      out_.fate = Fate::Survived;
      return true;
    }
    if (!same_code(module)) return false;
    out_.fate = Fate::SameCode;
    out_.reason.clear();
    return true;
  }

  /// What was not noticed so far is most often the same as the original as far as is observed.
  /// Where that is proved on all families, what was proved of the original holds and need not be
  /// proved again.
  void decide(const extract::Module& module) {
    const auto [small, large] = families(module);
    const auto shown_same = [&, &small = small, &large = large] {
      return timed("equivalence",
                   [&] { return equivalent(module, small) && equivalent(module, large); });
    };
    const bool shown = options_.proofs && out_.reason.empty();
    if (shown && shown_same()) return same(module);
    const std::string different = std::exchange(out_.reason, shown ? "" : out_.reason);
    gate::Subject subject = native(module);
    if (options_.proofs && timed("prove lists", [&, &large = large] {
          return caught_by_proofs(subject, module, large);
        }))
      return;
    if (!out_.reason.empty()) return;  // inconclusive
    if (!options_.proofs && shown_same()) return same(module);
    out_.fate = Fate::Survived;
    if (options_.proofs) out_.reason = different;
  }

  /// What an optimizing compiler makes the same is the same, whatever the scenarios exercise.
  bool same_code(const extract::Module& module) {
    return module.facts == original_.module.facts && timed("optimize", [&] {
             return extract::optimized_hash(module.bitcode, module.entries) == original_.optimized;
           });
  }

  /// The mutant is proved to do the same.
  void same(const extract::Module& module) {
    const Mutant& m = out_.mutant;
    std::string why = original_.exercised.why_not(m.file, m.line, m.last_line);
    if (m.op == kSeries && !m.harmless) why = "no scenario exercises what it changes";
    out_.fate = why.empty()         ? Fate::Equivalent
                : same_code(module) ? Fate::SameCode
                                    : Fate::NotExercised;
    out_.reason = out_.fate == Fate::NotExercised ? why : "";
  }

  /// Families that enter something which has changed: the others run the same code.
  std::vector<const model::Family*> affected_families(const extract::Module& module) {
    std::vector<const model::Family*> out;
    if (module.facts != original_.module.facts) {
      own_families_ = model::families(gate::facts_of(module), options_.max_nents);
      for (const auto& family : own_families_) out.push_back(&family);
      return out;
    }
    const auto changed = changed_functions(module, original_.module);
    for (const auto& f : original_.families) {
      const auto& lines = f.result.coverage.lines;
      const bool enters = std::any_of(lines.begin(), lines.end(), [&](const auto& l) {
        const auto* function = original_.module.find(l.function);
        return changed.count(function != nullptr ? function->source_name : l.function) != 0;
      });
      // what is no function's code is part of the code of whoever uses it
      if (enters || changed.empty()) out.push_back(&f.family);
    }
    // nothing to compare is no proof of anything
    if (out.empty())
      for (const auto& f : original_.families) out.push_back(&f.family);
    return out;
  }

  bool caught_by_proofs(gate::Subject& subject, const extract::Module& module,
                        const std::vector<const model::Family*>& families) {
    // what the tests have caught already is only asked for the other engine's opinion
    const std::chrono::seconds limit(out_.fate == Fate::Caught ? 5 : 120);
    const auto request = proofs_of(module, options_, nullptr, context_, limit);
    for (const model::Family* family : families) {
      std::set<Claim> violated;
      const auto outcome = gate::prove_one(request, *family);
      for (const auto& [id, claim] : outcome.result.claims) {
        const Claim name{id.invariant, id.clause};
        if (claim.outcome == smt::Outcome::Refuted) note_left_out(name);
        if (ignored(name)) continue;
        if (claim.outcome == smt::Outcome::Inconclusive && out_.reason.empty())
          out_.reason =
              fmt::format("{} {} in {}: {}", id.invariant, id.clause, family->name, claim.reason);
        for (const auto& c : claim.counterexamples)
          if (gate::violates_again(subject, name.first, name.second, c.scenario))
            violated.insert(name);
        if (claim.outcome == smt::Outcome::Refuted && violated.empty() && out_.reason.empty())
          out_.reason = fmt::format("{} {} in {}: refuted, not seen when executed again",
                                    id.invariant, id.clause, family->name);
      }
      if (outcome.result.claims.empty() && out_.reason.empty())
        out_.reason =
            outcome.result.problems.empty() ? "nothing was shown" : outcome.result.problems.front();
      if (violated.empty()) continue;
      out_.claims.merge(violated);
      return caught("smt");
    }
    return false;
  }

  bool caught(const char* engine) {
    out_.fate = Fate::Caught;
    out_.engines.insert(engine);
    out_.reason.clear();
    return true;
  }

  bool caught_by_tests(gate::Subject& subject) {
    gate::TestRequest request{options_.seed, options_.cases, options_.max_nents,
                              Clock::now() + std::chrono::seconds(60), context_.cancel};
    request.shrinks = 0;
    request.max_hangs = 1;
    const auto result = gate::run_tests(subject, request);
    for (const auto& c : result.checks) {
      const Claim name{c.id.invariant, c.id.clause};
      if (c.violated != 0 && !ignored(name)) out_.claims.insert(name);
      if (c.violated != 0) note_left_out(name);
    }
    return !out_.claims.empty() && caught("properties");
  }

  bool equivalent(const extract::Module& module,
                  const std::vector<const model::Family*>& families) {
    if (module.facts != original_.module.facts) {
      out_.reason = "layouts or constants are not the same";
      return false;
    }
    const smt::Bitcode here(module.bitcode), there(original_.module.bitcode);
    smt::ProveOptions prove;
    prove.deadline = Clock::now() + std::chrono::seconds(120);
    for (const model::Family* family : families) {
      const auto answer = smt::equivalent(here, there, gate::facts_of(module),
                                          gate::facts_of(original_.module), *family, prove);
      if (answer.proved) continue;
      out_.reason = fmt::format("{}: {}", family->name, answer.reason);
      return false;
    }
    return true;
  }

  bool ignored(const Claim& claim) const {
    return original_.violated.count(claim) != 0 || options_.emptied.count(claim.first) != 0;
  }

  /// What an invariant that is ignored would have noticed.
  void note_left_out(const Claim& claim) {
    if (options_.emptied.count(claim.first) != 0 && original_.violated.count(claim) == 0)
      out_.left_out.insert(claim);
  }

  std::vector<model::Family> own_families_;  // of a mutant with other facts
  const Original& original_;
  const JudgeOptions& options_;
};

}  // namespace

const char* name_of(Fate fate) {
  switch (fate) {
    case Fate::Caught:
      return "caught";
    case Fate::Survived:
      return "survived";
    case Fate::Equivalent:
      return "equivalent";
    case Fate::NotExercised:
      return "not-exercised";
    case Fate::SameCode:
      return "same-code";
    case Fate::DoesNotCompile:
      return "does-not-compile";
    case Fate::Inconclusive:
      break;
  }
  return "inconclusive";
}

Original original_of(const extract::Tree& tree, const JudgeOptions& options, gate::History* history,
                     const extract::Context& context) {
  Original out;
  out.tree = tree;
  out.module = extract::extract_module(tree, options.config, {}, context);
  out.optimized = extract::optimized_hash(out.module.bitcode, out.module.entries);
  auto request = proofs_of(out.module, options, history, context);
  for (const auto& family : model::families(request.facts, options.max_nents)) {
    out.families.push_back(gate::prove_one(request, family));
    const auto& result = out.families.back().result;
    for (const auto& [id, claim] : result.claims)
      if (claim.outcome == smt::Outcome::Refuted) out.violated.insert({id.invariant, id.clause});
    if (!result.complete)
      throw Error(ErrorKind::Unsupported, "SGP-E0702", "score",
                  fmt::format("family {} is inconclusive on the tree itself: {}", family.name,
                              result.problems.empty() ? "" : result.problems.front()));
  }
  out.exercised = Exercised(out.module, out.families);
  return out;
}

bool examine(Compiled& mutant, const Original& original, const JudgeOptions& options,
             const extract::Context& context) {
  MutantJudge judge(std::move(mutant.judged), original, options, context);
  const bool decided = judge.examine(*mutant.module);
  mutant.judged = judge.take();
  return decided;
}

void note_same(Compiled& mutant, const Original& original, const extract::Context& context) {
  const JudgeOptions none;
  MutantJudge judge(std::move(mutant.judged), original, none, context);
  judge.note_same(*mutant.module);
  mutant.judged = judge.take();
}

void conclude(Compiled& mutant, const Original& original, const JudgeOptions& options,
              const extract::Context& context) {
  MutantJudge judge(std::move(mutant.judged), original, options, context);
  judge.conclude(*mutant.module);
  mutant.judged = judge.take();
}

}  // namespace sgproof::score

#include "score/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "gate/session.hpp"
#include "gate/test_stage.hpp"
#include "kernel-extract/optimized_hash.hpp"
#include "model/error.hpp"
#include "properties/judge_run.hpp"
#include "smt/obligations/equivalence.hpp"

namespace sgproof::score {
namespace {

using Clock = std::chrono::steady_clock;

/// What a scenario needs is far below; a mutant that loops for ever costs this several times.
constexpr auto kRunLimit = std::chrono::seconds(2);

gate::ProveRequest proofs_of(const extract::Module& module, const JudgeOptions& options,
                             gate::History* history, const extract::Context& context) {
  gate::ProveRequest request;
  request.bitcode = module.bitcode;
  request.bitcode_hash = module.bitcode_hash;
  request.facts = gate::facts_of(module);
  request.max_nents = options.max_nents;
  request.jobs = 1;
  request.history = history;
  request.cancel = context.cancel;
  // a mutant that runs away is stopped; kernels need seconds
  request.options.deadline = Clock::now() + std::chrono::seconds(120);
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

/// What is done with a mutant, and how long it took.
class Stages {
 public:
  Stages(Judged judged, const extract::Context& context)
      : context_(context), out_(std::move(judged)) {}

 protected:
  /// Runs a stage and notes how long it took.
  template <typename F>
  auto timed(const std::string& stage, const F& run) {
    const auto start = Clock::now();
    auto result = run();
    out_.stages[stage] += std::chrono::duration<double>(Clock::now() - start).count();
    return result;
  }

  /// Runs it all; what cannot be judged is inconclusive.
  template <typename F>
  void guarded(const F& run) {
    const auto start = Clock::now();
    try {
      run();
    } catch (const Error& e) {
      if (context_.cancel.cancelled()) throw;
      out_.fate = Fate::Inconclusive;
      out_.reason = fmt::format("{}: {}", e.id(), e.what());
    }
    out_.seconds += std::chrono::duration<double>(Clock::now() - start).count();
  }

  const extract::Context& context_;
  Judged out_;
};

class MutantCompiler : Stages {
 public:
  MutantCompiler(const Mutant& mutant, const Original& original, const JudgeOptions& options,
                 const extract::Context& context)
      : Stages({}, context), original_(original), options_(options) {
    out_.mutant = mutant;
  }

  Compiled run(const std::string& source) {
    std::optional<extract::Module> module;
    guarded([&] {
      extract::Module made;
      if (!compiled(source, made)) return;
      if (made.facts == original_.module.facts && made.code_hash == original_.module.code_hash)
        out_.fate = Fate::SameCode;
      else
        module = std::move(made);
    });
    return {std::move(out_), std::move(module)};
  }

 private:
  bool compiled(const std::string& source, extract::Module& module) {
    try {
      module = timed("compile", [&] {
        return extract::extract_variant(original_.tree,
                                        {{out_.mutant.file, mutated(out_.mutant, source)}},
                                        options_.config, {}, context_, out_.mutant.function);
      });
      return true;
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::Input) throw;
      out_.fate = Fate::DoesNotCompile;
      out_.reason = e.what();
      return false;
    }
  }

  const Original& original_;
  const JudgeOptions& options_;
};

class MutantJudge : Stages {
 public:
  MutantJudge(Judged judged, const Original& original, const JudgeOptions& options,
              const extract::Context& context)
      : Stages(std::move(judged), context), original_(original), options_(options) {}

  Judged run(const extract::Module& module, bool proved_same) {
    guarded([&] { proved_same ? same(module) : decide(module); });
    return std::move(out_);
  }

 private:
  void decide(const extract::Module& module) {
    gate::Subject subject =
        timed("native", [&] { return gate::subject_of(module, context_, kRunLimit); });
    std::vector<const model::Family*> small, large;
    for (const model::Family* family : affected_families(module))
      (family->nents == 1 || family->name.starts_with("enc-") ? small : large).push_back(family);
    if (options_.tests) timed("test", [&] { return caught_by_tests(subject); });
    if (options_.proofs) timed("prove", [&] { return caught_by_proofs(subject, module, small); });
    if (out_.fate == Fate::Caught) {
      out_.reason.clear();
      return;
    }
    if (same_code(module)) {
      out_.fate = Fate::SameCode;
      out_.reason.clear();
      return;
    }
    // What small families do not notice is most often the same as the original. Where that is
    // proved on all families, what was proved of the original holds and need not be proved again.
    const auto shown_same = [&] {
      return timed("equivalence",
                   [&] { return equivalent(module, small) && equivalent(module, large); });
    };
    const bool shown = options_.proofs && out_.reason.empty();
    if (shown && shown_same()) return same(module);
    const std::string different = std::exchange(out_.reason, shown ? "" : out_.reason);
    if (options_.proofs &&
        timed("prove lists", [&] { return caught_by_proofs(subject, module, large); }))
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
    const std::string why = original_.exercised.why_not(m.file, m.line, m.last_line);
    out_.fate = why.empty()         ? Fate::Equivalent
                : same_code(module) ? Fate::SameCode
                                    : Fate::NotExercised;
    out_.reason = out_.fate == Fate::NotExercised ? why : "";
  }

  /// Families that enter something which has changed: the others run the same code.
  std::vector<const model::Family*> affected_families(const extract::Module& module) const {
    const auto changed = changed_functions(module, original_.module);
    std::vector<const model::Family*> out;
    for (const auto& f : original_.families) {
      const auto& lines = f.result.coverage.lines;
      const bool enters = std::any_of(lines.begin(), lines.end(), [&](const auto& l) {
        const auto* function = original_.module.find(l.function);
        return changed.count(function != nullptr ? function->source_name : l.function) != 0;
      });
      // constants and facts are part of the code of whoever uses them, but not of the harness alone
      if (enters || changed.empty() || module.facts != original_.module.facts)
        out.push_back(&f.family);
    }
    // nothing to compare is no proof of anything
    if (out.empty())
      for (const auto& f : original_.families) out.push_back(&f.family);
    return out;
  }

  bool caught_by_proofs(gate::Subject& subject, const extract::Module& module,
                        const std::vector<const model::Family*>& families) {
    const auto request = proofs_of(module, options_, nullptr, context_);
    for (const model::Family* family : families) {
      std::set<Claim> violated;
      const auto outcome = gate::prove_one(request, *family);
      for (const auto& [id, claim] : outcome.result.claims) {
        const Claim name{id.invariant, id.clause};
        if (ignored(name)) continue;
        if (claim.outcome == smt::Outcome::Inconclusive && out_.reason.empty())
          out_.reason =
              fmt::format("{} {} in {}: {}", id.invariant, id.clause, family->name, claim.reason);
        for (const auto& c : claim.counterexamples)
          if (confirmed(subject, name, c.scenario)) violated.insert(name);
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

  /// The mutant's own code, executed, violates the claim on the input.
  bool confirmed(gate::Subject& subject, const Claim& claim, const sgp_scenario& scenario) {
    const auto judgement = properties::judge_run(*subject.runner, scenario, subject.facts);
    return std::any_of(judgement.violations.begin(), judgement.violations.end(),
                       [&](const auto& v) {
                         return v.id.invariant == claim.first && v.id.clause == claim.second;
                       });
  }

  bool caught_by_tests(gate::Subject& subject) {
    gate::TestRequest request{options_.seed, options_.cases, options_.max_nents,
                              Clock::now() + std::chrono::seconds(60), context_.cancel};
    request.shrinks = 0;
    request.max_hangs = 2;
    const auto result = gate::run_tests(subject, request);
    for (const auto& c : result.checks) {
      const Claim name{c.id.invariant, c.id.clause};
      if (c.violated != 0 && !ignored(name)) out_.claims.insert(name);
    }
    return !out_.claims.empty() && caught("properties");
  }

  bool equivalent(const extract::Module& module,
                  const std::vector<const model::Family*>& families) {
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

Compiled compile(const Mutant& mutant, const std::string& source, const Original& original,
                 const JudgeOptions& options, const extract::Context& context) {
  return MutantCompiler(mutant, original, options, context).run(source);
}

Judged judge(const Compiled& mutant, bool proved_same, const Original& original,
             const JudgeOptions& options, const extract::Context& context) {
  if (!mutant.module) return mutant.judged;
  return MutantJudge(mutant.judged, original, options, context).run(*mutant.module, proved_same);
}

}  // namespace sgproof::score

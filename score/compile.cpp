#include "score/judge.hpp"
#include "score/stages.hpp"

namespace sgproof::score {
namespace {

class MutantCompiler : Stages {
 public:
  MutantCompiler(const Mutant& mutant, const Original& original, const extract::Context& context)
      : Stages({}, context), original_(original) {
    out_.mutant = mutant;
    out_.config = original.module.config;
  }

  /// `make` gives the module of the mutant's code.
  template <typename Make>
  Compiled run(const Make& make) {
    std::optional<extract::Module> module;
    guarded([&] {
      extract::Module made;
      if (!compiled(make, made)) return;
      if (made.facts == original_.module.facts && made.code_hash == original_.module.code_hash)
        out_.fate = Fate::SameCode;
      else
        module = std::move(made);
    });
    return {std::move(out_), std::move(module)};
  }

 private:
  template <typename Make>
  bool compiled(const Make& make, extract::Module& module) {
    try {
      module = timed("compile", make);
      return true;
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::Input) throw;
      out_.fate = Fate::DoesNotCompile;
      out_.reason = e.what();
      return false;
    }
  }

  const Original& original_;
};

}  // namespace

Compiled compile(const Mutant& mutant, const std::string& source, const Original& original,
                 const JudgeOptions& options, const extract::Context& context) {
  return MutantCompiler(mutant, original, context).run([&] {
    return extract::extract_variant(original.tree, {{mutant.file, mutated(mutant, source)}},
                                    options.config, {}, context, mutant.function);
  });
}

Compiled compile_series(const Mutant& mutant, const std::string& kernel, const Original& original,
                        const JudgeOptions& options, const extract::Context& context) {
  return MutantCompiler(mutant, original, context).run([&] {
    const auto source = extract::open_source(kernel, mutant.file, context);
    return extract::extract_module(source.subject(), options.config, {}, context);
  });
}

}  // namespace sgproof::score

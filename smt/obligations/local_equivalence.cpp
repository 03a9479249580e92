#include "smt/obligations/local_equivalence.hpp"

#include <fmt/format.h>

#include "model/error.hpp"
#include "smt/obligations/family_run.hpp"

namespace sgproof::smt {
namespace {

/// The instance is asked by many versions in turn, and grows with what it has seen.
constexpr std::size_t kDefinitions = 8'000;

const llvm::Function& function(const llvm::Module& module, const std::string& name) {
  const llvm::Function* f = module.getFunction(name);
  if (f == nullptr || f->isDeclaration())
    throw Error(ErrorKind::Unsupported, "SGP-E0304", "compare", "no function " + name);
  return *f;
}

std::vector<Equivalence> all(std::size_t count, const std::string& why) {
  return std::vector<Equivalence>(count, Equivalence{false, why});
}

}  // namespace

std::vector<Equivalence> locally_equivalent(const Bitcode& joint,
                                            const std::vector<VersionNames>& variants,
                                            const model::Facts& facts, const model::Family& family,
                                            const ProveOptions& options) {
  Terms terms;
  SolverOptions solving = solver_options(options);
  solving.max_definitions = kDefinitions;
  Solver solver(terms, solving);
  exec::Options executing = executor_options(options);
  executing.variants = variants.size();
  for (std::size_t i = 0; i < variants.size(); ++i)
    for (const auto& [name, version] : variants[i])
      executing.alternatives[&function(joint.module(), name)].push_back(
          {&function(joint.module(), version), i});
  const FamilyRun run(joint, facts, family, executing, terms, solver);
  if (const std::string why = run.inconclusive(); !why.empty()) return all(variants.size(), why);
  std::vector<Equivalence> out;
  for (const std::string& difference : run.result().differences)
    out.push_back({difference.empty(), difference});
  // a variant without versions was not compared with anything
  for (std::size_t i = 0; i < out.size(); ++i)
    if (variants[i].empty()) out[i] = {false, "no function of it is another one"};
  return out;
}

}  // namespace sgproof::smt

#include "score/score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "gate/report/atomic_file.hpp"
#include "gate/session.hpp"
#include "gate/version.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/syntax_dump.hpp"
#include "model/error.hpp"
#include "score/corpus.hpp"
#include "score/explained.hpp"
#include "score/gate_run.hpp"
#include "score/parallel.hpp"
#include "score/side_by_side.hpp"

namespace sgproof::score {
namespace {

/// Files of the scope, and what is compiled to parse each.
const std::map<std::string, std::string> kFiles = {
    {"include/linux/scatterlist.h", "kernel/dma/direct.c"},
    {"lib/scatterlist.c", "lib/scatterlist.c"},
    {"kernel/dma/direct.h", "kernel/dma/direct.c"},
    {"kernel/dma/direct.c", "kernel/dma/direct.c"},
    {"kernel/dma/mapping.c", "kernel/dma/mapping.c"},
    {"drivers/pci/p2pdma.c", "drivers/pci/p2pdma.c"}};

const std::vector<std::string> kMacros = {"SG_CHAIN", "SG_END", "SG_DMA_BUS_ADDRESS",
                                          "SG_PAGE_LINK_MASK"};

/// Mutants that are compared with the original in one run of it.
constexpr std::size_t kBatch = 48;

/// Callers of what they change, so many levels up, are compared as well.
constexpr unsigned kLevels = 2;

class Score {
 public:
  Score(const ScoreOptions& options, const extract::CancelToken& cancel)
      : options_(options),
        cancel_(cancel),
        context_{cache_, cancel_, {}, static_cast<int>(options.jobs)},
        history_(cache_.root() / "history.sqlite") {
    judging_.config = options.configs.front();
    if (options.replayed != 0 && !options.series.empty())
      throw Error(ErrorKind::Input, "SGP-E0708", "score",
                  "--replay is for mutants of the tree itself, not of a series");
    judging_.seed = options.seed;
    judging_.emptied = {options.emptied.begin(), options.emptied.end()};
    const auto wants = [&](const char* engine) {
      return options.engines.empty() ||
             std::count(options.engines.begin(), options.engines.end(), engine) != 0;
    };
    judging_.proofs = wants("smt");
    judging_.tests = wants("properties");
  }

  int run() {
    const auto source = extract::open_source(
        options_.kernel,
        options_.series.empty() ? std::nullopt : std::optional<std::string>(options_.series),
        context_);
    original_ = original_of(source.subject(), judging_, &history_, context_);
    auto all = all_mutants();
    const std::size_t count = all.size();
    auto mutants = sampled(std::move(all));
    if (options_.sample == 0 && options_.functions.empty() && options_.series.empty())
      for (Mutant& m : corpus_mutants(gate::corpus_dir(), options_.kernel, judging_.config))
        mutants.push_back(std::move(m));
    progress_.line(fmt::format("{} to judge; there are {} mutants", mutants.size(), count));
    load_earlier();
    judge_all(mutants);
    std::vector<Judged> judged;
    for (const Mutant& m : mutants)
      if (const auto it = done_.find(m.id); it != done_.end()) judged.push_back(it->second);
    write(judged);
    const bool agreed = ask_the_gate(judged);
    write(judged);
    std::cout << score_text(judged, claims()) << std::flush;
    const Figures f = figures_of(judged);
    const bool any = f.fates.count(Fate::Caught) != 0 || f.fates.count(Fate::Survived) != 0;
    if (!f.alarms.empty()) return 1;
    return any && agreed && judged.size() == mutants.size() ? 0 : 3;
  }

 private:
  /// Gives some of what was caught to the whole gate, which must find it as well. Whether it does.
  bool ask_the_gate(std::vector<Judged>& all) {
    std::vector<Mutant> caught;
    for (const Judged& j : all)
      if (j.fate == Fate::Caught && j.mutant.op != kSeries) caught.push_back(j.mutant);
    if (options_.replayed == 0) return true;
    std::set<std::string> chosen;
    for (const Mutant& m : sample_of(std::move(caught), options_.replayed, options_.seed))
      chosen.insert(m.id);
    const auto dir = options_.out / "replayed";
    bool agreed = !chosen.empty();
    for (Judged& j : all) {
      if (chosen.count(j.mutant.id) == 0) continue;
      cancel_.check("replay");
      const auto start = std::chrono::steady_clock::now();
      const auto patch = dir / (j.mutant.id + ".patch");
      std::filesystem::create_directories(dir);
      extract::write_file(patch, as_patch(j.mutant, sources_.at(j.mutant.file), context_));
      const GateRun run = run_gate_on(options_.kernel, patch, j.config, dir / j.mutant.id, cancel_);
      j.gate = to_string(run);
      agreed = agreed && agrees(run);
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
      progress_.stage(fmt::format("{} through the gate: {}", j.mutant.id, j.gate), taken.count());
    }
    return agreed;
  }

  /// Functions of the scope's files that some proof enters, by file.
  std::map<std::string, std::set<std::string>> targets() const {
    std::map<std::string, std::set<std::string>> out;
    for (const auto& family : original_.families)
      for (const auto& line : family.result.coverage.lines) {
        const auto* f = original_.module.find(line.function);
        if (f != nullptr && kFiles.count(f->file) != 0) out[f->file].insert(f->source_name);
      }
    if (options_.functions.empty()) return out;
    std::set<std::string> wanted(options_.functions.begin(), options_.functions.end());
    for (const std::string& macro : kMacros) wanted.erase(macro);
    std::map<std::string, std::set<std::string>> some;
    std::set<std::string> found;
    for (const auto& [file, names] : out)
      for (const std::string& name : names)
        if (wanted.count(name) != 0) {
          some[file].insert(name);
          found.insert(name);
        }
    for (const std::string& name : wanted)
      if (found.count(name) == 0)
        throw Error(ErrorKind::Input, "SGP-E0703", "score",
                    "no proof enters a function of the scope called " + name)
            .hint("without --function all are taken");
    return some;
  }

  std::vector<Mutant> all_mutants() {
    std::vector<std::pair<std::string, std::string>> places;  // file, function
    for (const auto& [file, names] : targets()) {
      sources_[file] = extract::read_file(original_.tree.path / file);
      for (const std::string& name : names) places.emplace_back(file, name);
    }
    std::vector<std::vector<Mutant>> found(places.size());
    for_each_index(places.size(), options_.jobs, [&](std::size_t i) {
      cancel_.check("mutate");
      const auto& [file, name] = places[i];
      const auto dump =
          extract::dump_syntax(original_.tree, judging_.config, kFiles.at(file), name, context_);
      for (const FunctionSyntax& function : read_syntax(dump, name))
        if (function.file.ends_with("/" + file) || function.file.ends_with(file))
          found[i] = mutants_of(function, sources_.at(file), file);
    });
    std::vector<Mutant> all;
    for (auto& mutants : found)
      for (Mutant& m : mutants) all.push_back(std::move(m));
    static const std::string kEncoding = "include/linux/scatterlist.h";
    std::vector<std::string> macros;
    for (const std::string& macro : kMacros)
      if (options_.functions.empty() ||
          std::count(options_.functions.begin(), options_.functions.end(), macro) != 0)
        macros.push_back(macro);
    if (macros.empty()) return all;
    sources_[kEncoding] = extract::read_file(original_.tree.path / kEncoding);
    for (Mutant& m : mutants_of_macros(macros, sources_.at(kEncoding), kEncoding))
      all.push_back(std::move(m));
    return all;
  }

  /// The sample, and a quarter as many harmless rewritings.
  std::vector<Mutant> sampled(std::vector<Mutant> all) const {
    std::vector<Mutant> harmless;
    for (const Mutant& m : all)
      if (m.harmless) harmless.push_back(m);
    std::erase_if(all, [](const Mutant& m) { return m.harmless; });
    auto some = sample_of(std::move(all), options_.sample, options_.seed);
    auto too = sample_of(std::move(harmless), (options_.sample + 3) / 4, options_.seed);
    some.insert(some.end(), too.begin(), too.end());
    return some;
  }

  std::vector<Claim> claims() const {
    std::set<Claim> all;
    for (const auto& family : original_.families)
      for (const auto& [id, claim] : family.result.claims)
        if (claim.outcome == smt::Outcome::Proved) all.insert({id.invariant, id.clause});
    return {all.begin(), all.end()};
  }

  static std::filesystem::path log_in(const std::filesystem::path& dir) {
    return dir / "mutants.jsonl";
  }

  /// What a result depends on besides the mutant.
  std::string identity() const {
    extract::Hasher h;
    h.field(gate::build_id()).field(original_.module.id);
    for (const std::string& config : options_.configs) h.field(config);
    h.number(options_.seed).number(judging_.proofs).number(judging_.tests);
    for (const std::string& invariant : judging_.emptied) h.field(invariant);
    return h.hex();
  }

  /// Results of an interrupted run; a line that was cut off is judged again.
  void load_earlier() {
    if (options_.resume.empty()) return;
    std::ifstream in(log_in(options_.resume));
    for (std::string line; std::getline(in, line);) {
      const auto parsed = nlohmann::json::parse(line, nullptr, false);
      if (parsed.is_discarded()) continue;
      // results of another tree, other options or another sgproof say nothing here
      if (parsed.value("run", "") != identity()) continue;
      try {
        Judged j = judged_from_json(parsed);
        done_[j.mutant.id] = std::move(j);
      } catch (const nlohmann::json::exception&) {  // ignored: it is judged again
      }
    }
  }

  void judge_all(const std::vector<Mutant>& mutants) {
    std::filesystem::create_directories(options_.out);
    const bool go_on = !options_.resume.empty() && options_.resume == options_.out;
    std::ofstream log(log_in(options_.out), go_on ? std::ios::app : std::ios::trunc);
    if (!log)
      throw Error(ErrorKind::Input, "SGP-E0704", "score", "cannot be written")
          .at(log_in(options_.out).string());
    std::vector<const Mutant*> open;
    for (const Mutant& m : mutants)
      if (done_.count(m.id) == 0) open.push_back(&m);
    const auto keep = [&](Judged judged) {
      const std::scoped_lock lock(mutex_);
      auto json = to_json(judged);
      json["run"] = identity();
      log << json.dump() << "\n" << std::flush;
      const Mutant& m = judged.mutant;
      progress_.stage(fmt::format("{}/{} {} {}:{} {}", done_.size() + 1, mutants.size(),
                                  name_of(judged.fate), m.file, m.line, m.op),
                      judged.seconds);
      done_[m.id] = std::move(judged);
    };
    for (std::size_t from = 0; from < open.size(); from += kBatch)
      judge_batch(
          {open.begin() + static_cast<std::ptrdiff_t>(from),
           open.begin() + static_cast<std::ptrdiff_t>(std::min(from + kBatch, open.size()))},
          keep);
  }

  /// Compiles them, shows with one symbolic run of each family which do the same as the original,
  /// and examines the others one by one. What nothing notices is compared at its callers, which do
  /// not look at everything that it does, and at last as a whole program.
  template <typename Keep>
  void judge_batch(const std::vector<const Mutant*>& batch, const Keep& keep) {
    std::vector<Compiled> mutants(batch.size());
    each(mutants, [&](std::size_t i) {
      mutants[i] =
          batch[i]->op == kSeries
              ? compile_series(*batch[i], options_.kernel, original_, judging_, context_)
              : compile(*batch[i], sources_.at(batch[i]->file), original_, judging_, context_);
      if (!mutants[i].module) keep(mutants[i].judged);
    });
    std::erase_if(mutants, [](const Compiled& c) { return !c.module; });
    keep_same(mutants, 0, keep);
    each(mutants, [&](std::size_t i) {
      if (!examine(mutants[i], original_, judging_, context_)) return;
      keep(mutants[i].judged);
      mutants[i].module.reset();
    });
    std::erase_if(mutants, [](const Compiled& c) { return !c.module; });
    for (unsigned levels = 1; levels <= kLevels; ++levels) keep_same(mutants, levels, keep);
    each(mutants, [&](std::size_t i) {
      Judged& judged = mutants[i].judged;
      conclude(mutants[i], original_, judging_, context_);
      for (std::size_t k = 1; k < options_.configs.size(); ++k)
        if (judged.fate == Fate::Survived && judged.left_out.empty()) look_again(judged, k);
      if (judged.fate == Fate::Survived)
        judged.explanation = explanation_of(judged.mutant, explained_);
      keep(judged);
    });
  }

  /// Whether the checks in another configuration notice what survived.
  void look_again(Judged& judged, std::size_t k) {
    JudgeOptions judging = judging_;
    judging.config = options_.configs[k];
    const Original& there = original_in(k, judging);
    const Mutant& m = judged.mutant;
    Compiled again = m.op == kSeries ? compile_series(m, options_.kernel, there, judging, context_)
                                     : compile(m, sources_.at(m.file), there, judging, context_);
    if (!again.module || !examine(again, there, judging, context_)) return;
    if (again.judged.fate == Fate::Caught) judged = std::move(again.judged);
  }

  /// Made when first needed.
  const Original& original_in(std::size_t k, const JudgeOptions& judging) {
    const std::scoped_lock lock(others_mutex_);
    auto& place = others_[k];
    if (!place)
      place = std::make_unique<Original>(original_of(original_.tree, judging, &history_, context_));
    return *place;
  }

  template <typename Work>
  void each(const std::vector<Compiled>& mutants, const Work& work) {
    for_each_index(mutants.size(), options_.jobs, [&](std::size_t i) {
      cancel_.check("score");
      work(i);
    });
  }

  /// Takes those out that are shown to do the same side by side with the original.
  template <typename Keep>
  void keep_same(std::vector<Compiled>& mutants, unsigned levels, const Keep& keep) {
    std::vector<const extract::Module*> modules;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < mutants.size(); ++i)
      if (mutants[i].judged.reason.empty()) {  // else the gate would not take it as it is
        modules.push_back(&*mutants[i].module);
        places.push_back(i);
      }
    if (modules.empty()) return;
    const auto start = std::chrono::steady_clock::now();
    const auto same = side_by_side(
        {original_.module, original_.families, judging_.max_nents, options_.jobs, levels}, modules,
        context_);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    progress_.stage(fmt::format("{} mutants beside the original{}", modules.size(),
                                levels == 0 ? "" : fmt::format(", at callers {} up", levels)),
                    taken.count());
    for_each_index(same.size(), options_.jobs, [&](std::size_t k) {
      if (!same[k].proved) return;
      Compiled& mutant = mutants[places[k]];
      note_same(mutant, original_, context_);
      keep(mutant.judged);
      mutant.module.reset();
    });
    std::erase_if(mutants, [](const Compiled& c) { return !c.module; });
  }

  void write(const std::vector<Judged>& all) const {
    const Figures f = figures_of(all);
    nlohmann::json mutants = nlohmann::json::array(), clauses = nlohmann::json::array();
    for (const Judged& j : all) mutants.push_back(to_json(j));
    for (const Claim& c : claims()) {
      const auto count = [&](const std::map<Claim, unsigned>& in) {
        const auto it = in.find(c);
        return it == in.end() ? 0U : it->second;
      };
      clauses.push_back({{"invariant", c.first},
                         {"clause", c.second},
                         {"catches", count(f.kills)},
                         {"alone", count(f.alone)}});
    }
    nlohmann::json fates;
    for (const auto& [fate, n] : f.fates) fates[name_of(fate)] = n;
    const nlohmann::json json = {{"schema", "sgproof-score/1"}, {"kernel", options_.kernel},
                                 {"series", options_.series},   {"configs", options_.configs},
                                 {"score", f.score()},          {"fates", fates},
                                 {"harmless", f.harmless},      {"false_alarms", f.alarms.size()},
                                 {"clauses", clauses},          {"mutants", mutants}};
    gate::write_atomically(options_.out / "score.json", json.dump(1) + "\n");
    gate::write_atomically(options_.out / "missed.txt", missed_lines(all));
  }

  const ScoreOptions& options_;
  extract::CancelToken cancel_;
  extract::CacheDir cache_;
  gate::Progress progress_;
  extract::Context context_;
  gate::History history_;
  JudgeOptions judging_;
  Original original_;
  std::map<std::size_t, std::unique_ptr<Original>> others_;  ///< by place in the configurations
  std::mutex others_mutex_;
  std::vector<Explained> explained_ = read_explained(SGPROOF_EXPLAINED);
  std::map<std::string, std::string> sources_;
  std::map<std::string, Judged> done_;
  std::mutex mutex_;
};

}  // namespace

int run_score(const ScoreOptions& options, const extract::CancelToken& cancel) {
  return Score(options, cancel).run();
}

}  // namespace sgproof::score

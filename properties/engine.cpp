#include "properties/engine.hpp"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

#include "model/families.hpp"
#include "properties/byte_generator.hpp"
#include "properties/decoder.hpp"
#include "properties/legality.hpp"
#include "properties/random_family.hpp"
#include "properties/roles.hpp"
#include "properties/shrink.hpp"
#include "properties/table_scenarios.hpp"
#include "properties/translate.hpp"

namespace sgproof::properties {
namespace {

constexpr std::uint64_t kRound = 2000;         ///< cases between two looks at the clock
constexpr std::uint64_t kBufferShrinks = 400;  ///< runs that RapidCheck's own shrinking may take
constexpr std::size_t kBatch = 64;
/// Longest time for one shrink; only violations that hang are that slow.
constexpr auto kShrinkTime = std::chrono::seconds(20);

/// RapidCheck keeps the generator's context in variables of the process, so one thread at a time.
std::mutex one_at_a_time;

/// RapidCheck reports to nobody: results are read from its return value.
class Silent : public rc::detail::TestListener {
 public:
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

const Violation* find(const Judgement& judgement, const CheckId& id) {
  for (const Violation& v : judgement.violations)
    if (v.id == id) return &v;
  return nullptr;
}

class Campaign {
 public:
  Campaign(NativeRunner& runner, const model::Facts& facts, const Options& options)
      : runner_(runner), facts_(facts), options_(options) {}

  Result run() {
    const auto start = std::chrono::steady_clock::now();
    if (sequences()) {
      families();
      translated_lists();
      tables();
    }
    if (options_.shrinks != 0) shrink_known();
    finish();
    result_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool cancelled() const { return options_.cancelled && options_.cancelled(); }
  [[nodiscard]] bool hung() const {
    return options_.max_hangs != 0 && runner_.hangs() >= options_.max_hangs;
  }
  [[nodiscard]] bool stopped() const {
    return cancelled() || hung() || std::chrono::steady_clock::now() >= options_.deadline;
  }

  /// Judges a run; what a known defect explains is put aside.
  Judgement unexplained(const sgp_scenario& scenario, const NativeRun& run) {
    Judgement judgement = judge(scenario, run, facts_);
    if (!options_.known || judgement.violations.empty()) return judgement;
    const auto trace = model::concrete_trace(scenario, run.report, facts_);
    const auto explained = [&](const Violation& v) {
      const std::string id = options_.known(trace, v);
      if (id.empty()) return false;
      if (!shrinking_known_) result_.known.try_emplace({id, v.id}, KnownViolation{v, scenario});
      std::erase_if(judgement.checks, [&](const auto& check) {
        return check.invariant == v.id.invariant && check.clause == v.id.clause &&
               check.subject.step == v.step;
      });
      return true;
    };
    std::erase_if(judgement.violations, explained);
    return judgement;
  }

  Judgement unexplained(const sgp_scenario& scenario) {
    if (auto why = illegal_use(scenario, facts_))
      return {Standing::Illegal, std::move(*why), {}, {}};
    return unexplained(scenario, runner_.run(scenario));
  }

  /// Counts a run; the statement it violates that is still to be shrunk, if any.
  std::optional<CheckId> count(const Judgement& judgement) {
    ++result_.runs;
    switch (judgement.standing) {
      case Standing::Illegal:
        ++result_.illegal;
        break;
      case Standing::Inconclusive:
        ++result_.inconclusive;
        break;
      case Standing::Judged:
        ++result_.legal;
        break;
    }
    if (judgement.standing != Standing::Judged) {
      ++result_.reasons[judgement.reason];
      return {};
    }
    tally_.add(judgement);
    for (const Violation& v : judgement.violations)
      if (shrunk_[v.id] < options_.shrinks) return v.id;
    return {};
  }

  /// Sequences from byte buffers; whether to go on.
  bool sequences() {
    std::uint64_t done = 0;
    for (std::uint64_t round = 0; done < options_.cases; ++round) {
      if (stopped()) return true;
      rc::detail::TestParams params;
      params.seed = Random64(options_.seed + round)();
      params.maxSuccess = static_cast<int>(std::min(kRound, options_.cases - done));
      params.maxSize = options_.max_size;
      params.maxDiscardRatio = 20;
      target_.reset();
      buffer_shrinks_ = 0;
      const std::uint64_t before = cases_;
      // the form that reads no configuration from the environment
      const auto result = [&] {
        const std::scoped_lock lock(one_at_a_time);
        return rc::detail::checkProperty(
            rc::detail::toProperty([this] { return holds(*byte_buffer()); }),
            {"sequences", "no statement of the model is violated"}, params, listener_, {});
      }();
      if (error_) std::rethrow_exception(error_);
      if (result.is<rc::detail::GaveUpResult>() && !stopped()) {
        if (result_.legal == 0) return true;  // finish() says that nothing was tested
        return broken("RapidCheck gave up: too few legal cases");
      }
      if (result.is<rc::detail::Error>())
        return broken("RapidCheck: " + result.get<rc::detail::Error>().description);
      if (result.is<rc::detail::FailureResult>()) {
        if (!target_) return broken(result.get<rc::detail::FailureResult>().description);
        record(failing_, *target_, "sequences", cases_);
      }
      done += std::max<std::uint64_t>(cases_ - before, 1);
    }
    shrunk_.clear();
    return true;
  }

  bool broken(std::string why) {
    result_.outcome = Outcome::Error;
    result_.reason = std::move(why);
    broken_ = true;
    return false;
  }

  /// The property: a case fails if it violates a statement that is still to be shrunk; while
  /// RapidCheck shrinks, only that statement counts.
  bool holds(const Buffer& buffer) {
    if (target_ && (++buffer_shrinks_ > kBufferShrinks ||
                    std::chrono::steady_clock::now() > found_ + kShrinkTime))
      return true;
    if (!target_ && stopped()) return true;
    const sgp_scenario scenario = decode(buffer, facts_);
    const Judgement judgement = judge_in_property(scenario);
    if (target_) {
      ++result_.shrink_runs;
      if (!find(judgement, *target_)) return true;
      failing_ = scenario;
      return false;
    }
    const auto violated = count(judgement);
    if (judgement.standing == Standing::Illegal) RC_DISCARD("illegal");
    ++cases_;
    if (!violated) return true;
    target_ = violated;
    found_ = std::chrono::steady_clock::now();
    failing_ = scenario;
    return false;
  }

  /// RapidCheck takes every exception for a failure of the property: keep what is an error.
  Judgement judge_in_property(const sgp_scenario& scenario) {
    try {
      return unexplained(scenario);
    } catch (...) {
      error_ = std::current_exception();
      throw;
    }
  }

  /// Shrinks to the smallest scenario and keeps it, unless it shows what is known already.
  void record(const sgp_scenario& start, const CheckId& id, const std::string& source,
              std::uint64_t case_number) {
    ++shrunk_[id];
    const auto violates = [&](const sgp_scenario& candidate) {
      return find(unexplained(candidate), id) != nullptr;
    };
    const Shrunk small = shrink(start, facts_, violates, 20000,
                                [this, until = std::chrono::steady_clock::now() + kShrinkTime] {
                                  return stopped() || std::chrono::steady_clock::now() > until;
                                });
    result_.shrink_runs += small.tried;
    NativeRun run = runner_.run(small.smallest);
    const Judgement judgement = unexplained(small.smallest, run);
    const Violation* violation = find(judgement, id);
    if (!violation) {  // the run is not a function of the scenario
      ++result_.reasons[fmt::format("{} {} does not show again", id.invariant, id.clause)];
      ++result_.inconclusive;
      return;
    }
    Finding finding{*violation,     non_neutral(facts_, small.smallest),
                    small.smallest, run.report,
                    run.text,       source,
                    case_number,    small.local_minimum};
    const auto known = std::find_if(
        result_.findings.begin(), result_.findings.end(),
        [&](const Finding& f) { return f.violation.id == id && f.roles == finding.roles; });
    if (known == result_.findings.end())
      result_.findings.push_back(std::move(finding));
    else if (size(finding.scenario) < size(known->scenario))
      *known = std::move(finding);
  }

  static std::tuple<std::uint64_t, std::uint64_t, std::uint64_t> size(const sgp_scenario& s) {
    return {s.nops, s.nents, s.npages};
  }

  void families() {
    std::uint64_t stream = options_.seed;
    auto all = model::families(facts_, options_.max_nents);
    for (auto& family : model::bounce_families(facts_)) all.push_back(std::move(family));
    for (const model::Family& family : all) {
      Random64 random(~++stream);
      std::uint64_t done = 0;
      while (done < options_.family_cases && !stopped()) {
        std::vector<sgp_scenario> batch{done == 0 ? family.shape : draw(family, random)};
        const std::uint64_t many = std::min<std::uint64_t>(
            options_.max_hangs == 0 ? kBatch : options_.max_hangs, options_.family_cases - done);
        while (batch.size() < many) batch.push_back(draw(family, random));
        run_batch(family.name, batch, done);
        done += many;
      }
    }
  }

  /// The random members of the families once more, for devices behind an IOMMU.
  void translated_lists() {
    if (!has_iommu(facts_)) return;
    const auto families = model::families(facts_, options_.max_nents);
    Random64 random(options_.seed ^ 0x10a);
    run_drawn("translated", options_.translated_cases,
              [&] { return translated_member(facts_, families, random); });
  }

  /// Random lives of tables.
  void tables() {
    Random64 random(options_.seed ^ 0x7ab1e5);
    shrunk_.clear();
    run_drawn("tables", options_.table_cases, [&] { return table_scenario(facts_, random); });
  }

  template <typename Draw>
  void run_drawn(const std::string& source, std::uint64_t cases, const Draw& draw_one) {
    for (std::uint64_t done = 0; done < cases && !stopped();) {
      std::vector<sgp_scenario> batch;
      const std::uint64_t many = std::min<std::uint64_t>(
          options_.max_hangs == 0 ? kBatch : options_.max_hangs, cases - done);
      while (batch.size() < many) batch.push_back(draw_one());
      run_batch(source, batch, done);
      done += many;
    }
  }

  void run_batch(const std::string& source, std::vector<sgp_scenario>& batch, std::uint64_t done) {
    for (std::size_t i = batch.size(); i-- > 0;) {
      batch[i].id = done + i;
      const auto why = illegal_use(batch[i], facts_);
      if (!why) continue;
      count({Standing::Illegal, *why, {}, {}});
      batch.erase(batch.begin() + static_cast<std::ptrdiff_t>(i));
    }
    const std::vector<NativeRun> runs = runner_.run(batch);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto violated = count(unexplained(batch[i], runs[i]));
      if (violated) record(batch[i], *violated, source, done + i + 1);
    }
  }

  /// The smallest scenario of each known defect.
  void shrink_known() {
    shrinking_known_ = true;
    for (auto& [key, known] : result_.known) {
      const auto violation = [&](const sgp_scenario& candidate) -> std::optional<Violation> {
        if (illegal_use(candidate, facts_)) return {};
        const NativeRun run = runner_.run(candidate);
        const Judgement judgement = judge(candidate, run, facts_);
        const Violation* v = find(judgement, key.second);
        if (v == nullptr) return {};
        const auto trace = model::concrete_trace(candidate, run.report, facts_);
        return options_.known(trace, *v) == key.first ? std::optional(*v) : std::nullopt;
      };
      const Shrunk small = shrink(
          known.scenario, facts_,
          [&](const sgp_scenario& candidate) { return violation(candidate).has_value(); }, 20000,
          [this, until = std::chrono::steady_clock::now() + kShrinkTime] {
            return stopped() || std::chrono::steady_clock::now() > until;
          });
      result_.shrink_runs += small.tried;
      if (const auto v = violation(small.smallest)) known = {*v, small.smallest};
    }
  }

  void finish() {
    result_.checks = tally_.counts();
    result_.unmodelled = runner_.unmodelled();
    std::sort(result_.findings.begin(), result_.findings.end(),
              [](const Finding& a, const Finding& b) {
                return std::tie(a.violation.id, a.roles) < std::tie(b.violation.id, b.roles);
              });
    if (broken_) return;
    if (result_.legal == 0) {
      result_.outcome = Outcome::NoLegalRuns;
      result_.reason =
          fmt::format("none of {} scenarios was legal and could be judged", result_.runs);
    } else if (stopped()) {
      result_.outcome = Outcome::Stopped;
      result_.reason = cancelled() ? "cancelled"
                       : hung()    ? "too many scenarios hang"
                                   : "the time limit was reached";
    } else {
      result_.outcome = Outcome::Tested;
    }
  }

  NativeRunner& runner_;
  const model::Facts& facts_;
  const Options& options_;
  Result result_;
  Tally tally_;
  Silent listener_;
  std::map<CheckId, unsigned> shrunk_;  ///< how many violations of a statement were shrunk
  std::optional<CheckId> target_;       ///< while RapidCheck shrinks: the statement in question
  std::chrono::steady_clock::time_point found_;
  sgp_scenario failing_{};  ///< the last scenario that violated it
  std::uint64_t buffer_shrinks_ = 0, cases_ = 0;
  bool broken_ = false, shrinking_known_ = false;
  std::exception_ptr error_;
};

}  // namespace

Result test_module(NativeRunner& runner, const model::Facts& facts, const Options& options) {
  return Campaign(runner, facts, options).run();
}

}  // namespace sgproof::properties

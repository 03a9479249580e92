#include "gate/report/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "gate/manifest.hpp"
#include "gate/report/outcome.hpp"
#include "gate/report/result.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/verdict.hpp"

namespace sgproof::gate {
namespace {

/// The list of invariants: families in its order, and how many each has.
constexpr std::array<std::pair<std::string_view, unsigned>, 11> kFamilies = {{{"ENC", 9},
                                                                              {"LST", 6},
                                                                              {"MAP", 11},
                                                                              {"IOM", 9},
                                                                              {"SWT", 5},
                                                                              {"SAF", 5},
                                                                              {"REF", 1},
                                                                              {"CTX", 1},
                                                                              {"OPS", 1},
                                                                              {"BLK", 1},
                                                                              {"NVM", 1}}};

/// Where an invariant stands in the list; what the list does not have comes last, by name.
std::pair<std::size_t, std::string> place_of(const std::string& invariant) {
  const auto family = invariant.substr(0, invariant.find('-'));
  const auto at = std::ranges::find(kFamilies, family, [](const auto& f) { return f.first; });
  return {static_cast<std::size_t>(at - kFamilies.begin()), natural(invariant)};
}

unsigned& counter(Cell& cell, CellOutcome outcome) {
  switch (outcome) {
    case CellOutcome::Proved:
      return cell.proved;
    case CellOutcome::Audited:
      return cell.audited;
    case CellOutcome::Tested:
      return cell.tested;
    case CellOutcome::Known:
      return cell.known;
    case CellOutcome::Refuted:
      return cell.refuted;
    case CellOutcome::NotThere:
    case CellOutcome::Inconclusive:
      break;
  }
  return cell.inconclusive;
}

void add_new(std::vector<std::string>& list, const std::string& name) {
  if (!name.empty() && std::ranges::find(list, name) == list.end()) list.push_back(name);
}

class Tabulator {
 public:
  explicit Tabulator(const Result& result) : result_(result) {}

  Table table(const std::vector<ManifestLine>& manifest) {
    Table out;
    out.configs = configs_of(result_);
    for (const std::string& config : out.configs)
      for (const Obligation* o : obligations_of(result_, config)) obligation(*o);
    for (const Finding& f : result_.findings) finding(f);
    for (const MissingLine& m : missing(manifest, result_.obligations)) unanswered(m);
    for (const Alarm& a : result_.soundness_alarms) alarm(a);

    std::set<std::string> invariants;
    for (const auto& [key, cell] : cells_) {
      invariants.insert(key.first);
      add_new(out.configs, key.second);
    }
    for (const std::string& invariant : invariants) {
      Row row{invariant, {}};
      for (const std::string& config : out.configs) row.cells.push_back(cell(invariant, config));
      out.rows.push_back(std::move(row));
    }
    std::ranges::sort(out.rows, {}, [](const Row& r) { return place_of(r.invariant); });
    for (const auto& [family, count] : kFamilies)
      for (unsigned i = 1; i <= count; ++i)
        if (const auto name = fmt::format("{}-{}", family, i); !invariants.contains(name))
          out.not_judged.push_back(name);
    return out;
  }

 private:
  /// The finished cell; one that nothing belongs to is not there.
  Cell cell(const std::string& invariant, const std::string& config) const {
    const auto it = cells_.find({invariant, config});
    Cell out = it == cells_.end() ? Cell{} : it->second;
    out.config = config;
    out.outcome = CellOutcome::NotThere;
    for (const auto outcome : {CellOutcome::Proved, CellOutcome::Audited, CellOutcome::Tested,
                               CellOutcome::Known, CellOutcome::Inconclusive, CellOutcome::Refuted})
      if (counter(out, outcome) > 0) out.outcome = outcome;
    std::ranges::sort(out.families, {}, natural);
    std::ranges::stable_sort(out.not_proved, std::ranges::greater{}, &NotProved::outcome);
    return out;
  }

  void add(const std::string& invariant, const std::string& config, NotProved item) {
    Cell& cell = cells_[{invariant, config}];
    ++counter(cell, item.outcome);
    cell.not_proved.push_back(std::move(item));
  }

  void obligation(const Obligation& o) {
    NotProved item{o.clause, o.function, o.family, CellOutcome::Inconclusive, words(o.why), {}, {}};
    switch (o.outcome) {
      case Outcome::Proved:
      case Outcome::Audited:
      case Outcome::Tested:
        item.outcome = o.outcome == Outcome::Audited  ? CellOutcome::Audited
                       : o.outcome == Outcome::Tested ? CellOutcome::Tested
                                                      : CellOutcome::Proved;
        if (const auto lost = less_than_base(o); !lost.empty()) {
          item.outcome = CellOutcome::Inconclusive;
          item.reason = lost;
        }
        if (item.outcome == CellOutcome::Proved) return proved(o);
        if (item.reason.empty()) item.reason = o.scope;
        break;
      case Outcome::Refuted:
        refuted(o, item);
        break;
      case Outcome::Inconclusive:
        if (item.reason.empty()) item.reason = "no reason is known";
        break;
    }
    add(o.invariant, o.config, std::move(item));
  }

  void proved(const Obligation& o) {
    Cell& cell = cells_[{o.invariant, o.config}];
    cell.least_nents = cell.proved == 0 ? o.nents : std::min(cell.least_nents, o.nents);
    cell.most_nents = std::max(cell.most_nents, o.nents);
    ++cell.proved;
    add_new(cell.families, o.family);
    for (const std::string& name : o.assumptions) add_new(cell.assumptions, name);
  }

  /// What the base shows and this tree does not, although it is shown here.
  static std::string less_than_base(const Obligation& o) {
    if (!o.base || !is_shown(o.base->outcome)) return {};
    if (!answers(o.outcome, o.base->outcome))
      return fmt::format("{} on the base, only {} now", name(o.base->outcome), name(o.outcome));
    if (o.nents < o.base->nents)
      return fmt::format("{} on the base, only {} now", nents_words(o.base->nents),
                         nents_words(o.nents));
    return {};
  }

  /// A refuted obligation is what its findings are; they are matched as the verdict does.
  void refuted(const Obligation& o, NotProved& item) const {
    std::vector<const Finding*> standing;
    bool any = false;
    bool doubtful = false;  // one that counts and does not stand
    for (const Finding& f : result_.findings) {
      if (f.config != o.config || f.status == FindingStatus::Fixed) continue;
      if (o.repeats ? f.status != FindingStatus::New
                    : f.invariant != o.invariant || f.clause != o.clause)
        continue;
      any = true;
      if (stands(result_, f))
        standing.push_back(&f);
      else
        doubtful = doubtful || counts(result_, f);
    }
    const bool known = std::ranges::all_of(
        standing, [](const Finding* f) { return f->status == FindingStatus::Waived; });
    if (standing.empty() || (known && doubtful)) {
      item.reason = any ? "refuted, but concrete execution or a booted kernel does not show it"
                        : "refuted, but no finding that stands says how";
      return;
    }
    item.outcome = known ? CellOutcome::Known : CellOutcome::Refuted;
    if (o.repeats) return;  // what it repeats has the traces
    item.reason.clear();
    for (const Finding* f : standing)
      if (known || f->status != FindingStatus::Waived) show(*f, item);
  }

  /// Adds a finding to what is said of an obligation.
  static void show(const Finding& f, NotProved& item) {
    if (item.reason.empty()) {
      item.reason = f.message;
      if (f.status == FindingStatus::Preexisting) item.reason += " (the base as well)";
    }
    add_new(item.counterexamples, f.counterexample);
    add_new(item.waivers, f.waiver);
  }

  /// A finding that no refuted obligation speaks of: tests and booted kernels have theirs so.
  void finding(const Finding& f) {
    if (f.status == FindingStatus::Fixed) return;
    if (std::ranges::any_of(result_.obligations, [&](const Obligation& o) {
          return o.outcome == Outcome::Refuted && o.config == f.config && !o.repeats &&
                 o.invariant == f.invariant && o.clause == f.clause;
        }))
      return;
    const auto outcome = f.status == FindingStatus::Waived ? CellOutcome::Known
                         : stands(result_, f)              ? CellOutcome::Refuted
                                                           : CellOutcome::Inconclusive;
    auto& cell = cells_[{f.invariant, f.config}];
    const auto same = std::ranges::find_if(cell.not_proved, [&](const NotProved& n) {
      return n.outcome == outcome && n.clause == f.clause && n.function == f.function &&
             n.family == name(f.engine);
    });
    if (same != cell.not_proved.end()) return show(f, *same);
    NotProved item{f.clause, f.function, std::string(name(f.engine)), outcome, {}, {}, {}};
    show(f, item);
    add(f.invariant, f.config, std::move(item));
  }

  void unanswered(const MissingLine& m) {
    const auto& line = m.line;
    // one that the base alone has is there already, and says so
    if (std::ranges::any_of(result_.obligations, [&](const Obligation& o) {
          return o.invariant == line.invariant && o.clause == line.clause &&
                 o.function == line.function && o.config == line.config && !is_shown(o.outcome);
        }))
      return;
    std::string reason = fmt::format("the manifest asks for {}, {}: {}", name(line.least),
                                     nents_words(line.min_nents), m.found);
    if (m.kind != MissingKind::TooWeak && result_.error)
      reason += fmt::format("; the run did not end well: {}: {}", result_.error->id,
                            result_.error->message);
    add(line.invariant, line.config,
        {line.clause, line.function, {}, CellOutcome::Inconclusive, std::move(reason), {}, {}});
  }

  void alarm(const Alarm& a) {
    const auto outcome =
        a.kind == AlarmKind::ProvedButViolated ? CellOutcome::Refuted : CellOutcome::Inconclusive;
    add(a.invariant, a.config,
        {a.clause,
         a.function,
         {},
         outcome,
         fmt::format("soundness alarm: {}: {}", name(a.kind), a.text),
         {},
         {}});
  }

  const Result& result_;
  std::map<std::pair<std::string, std::string>, Cell> cells_;
};

}  // namespace

Table tabulate(const Result& result, const std::vector<ManifestLine>& manifest) {
  return Tabulator(result).table(manifest);
}

}  // namespace sgproof::gate

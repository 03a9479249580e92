#include "replay/boot.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "model/error.hpp"
#include "replay/error_ids.hpp"
#include "replay/verdict_text.hpp"

namespace sgproof::replay {
namespace {

using Clock = std::chrono::steady_clock;
using State = ScenarioResult::State;

/// With KVM a kernel that works is there in a fraction of this.
constexpr std::chrono::milliseconds kProbeLimit{5000};

/// Mailboxes are limited by what a kernel can map: 32 bits have 128 MiB of vmalloc space, and User
/// Mode Linux has a struct page for each page of it.
std::size_t batch_limit(Arch arch) {
  switch (arch) {
    case Arch::I386:
      return Mailbox::capacity(std::size_t{32} << 20);
    case Arch::Um:
      return Mailbox::capacity(std::size_t{64} << 20);
    case Arch::X86_64:
      break;
  }
  return Mailbox::capacity(std::size_t{2} << 30);
}

std::uint64_t fresh_nonce() {
  std::uint64_t nonce = 0;
  if (::RAND_bytes(reinterpret_cast<unsigned char*>(&nonce), sizeof(nonce)) != 1)
    throw Error(ErrorKind::Environment, id::kMailbox, "replay",
                "no random numbers from the system");
  return nonce;
}

/// How one boot ended, and where to go on.
struct BootEnd {
  Outcome outcome = Outcome::BootFailed;
  std::string explanation;
  std::size_t resume = 0;      ///< relative index of the first scenario not dealt with
  bool worth_another = false;  ///< another boot may get further
};

/// Takes what a record says; false when the scenario has to be dealt with by its boot's end.
bool take(const Record& record, ScenarioResult& result) {
  switch (record.state) {
    case RecordState::Complete:
      result.state = record.report.status == SGP_STATUS_STOPPED ? State::Stopped : State::Reported;
      break;
    case RecordState::Damaged:
      result.state = State::Damaged;
      result.why = record.why;
      return true;
    case RecordState::Absent:
    case RecordState::Partial:
      return false;
  }
  result.report = record.report;
  result.diagnostics = record.diagnostics;
  result.tainted = record.stopped_before != 0;
  result.cycles = record.cycles;
  return true;
}

/// The machine stopped in this scenario: an event says so where the kernel could not.
void blame(const Record& record, State state, std::string why, ScenarioResult& result) {
  result.state = state;
  result.why = std::move(why);
  if (record.state != RecordState::Partial) return;
  result.report = record.report;
  result.diagnostics = record.diagnostics;
  result.tainted = record.stopped_before != 0;
  auto& report = result.report;
  const auto known = std::min<std::uint64_t>(report.nevents, SGP_MAX_EVENTS);
  const bool said = std::any_of(report.events, report.events + known, [](const sgp_event& e) {
    return e.kind == SGP_EV_BUG || e.kind == SGP_EV_OOPS;
  });
  if (said || state != State::Panicked || known == SGP_MAX_EVENTS) return;
  std::uint64_t step = 0;
  while (step < report.nops && step < SGP_MAX_OPS && report.steps[step].done != 0) ++step;
  report.events[known] = {
      .kind = SGP_EV_OOPS, .step = step, .a = 0, .b = 0, .c = 0, .d = 0, .ret = 0};
  report.nevents = known + 1;
}

class Runner {
 public:
  Runner(const BootRequest& request, std::span<ScenarioResult* const> into,
         const extract::CancelToken& cancel)
      : request_(request), into_(into), cancel_(cancel) {}

  BootResult go() {
    const auto begin = Clock::now();
    result_.outcome = Outcome::Ok;
    result_.explanation = "every scenario has a sound record";
    std::size_t at = 0;
    int fruitless = 0;
    while (at < request_.scenarios.size()) {
      if (static_cast<int>(result_.boots.size()) == request_.max_boots) {
        note(Outcome::TimeLimit, fmt::format("gave up after {} boots", request_.max_boots));
        break;
      }
      const auto count = std::min(batch_limit(request_.image.arch), request_.scenarios.size() - at);
      const auto end = one_boot(at, count);
      if (end.outcome != Outcome::Ok) note(end.outcome, end.explanation);
      fruitless = end.resume == 0 ? fruitless + 1 : 0;
      at += end.resume;
      if (!end.worth_another || fruitless >= request_.max_failed_boots) break;
    }
    // A boot that failed and was made good by the next one is in `boots`, not in the outcome.
    if (std::ranges::all_of(into_, [](const ScenarioResult* scenario) {
          return scenario->state == State::Reported || scenario->state == State::Stopped;
        })) {
      result_.outcome = Outcome::Ok;
      result_.explanation = "every scenario has a sound record";
    }
    for (auto* scenario : into_)
      if (scenario->state == State::NotRun) scenario->why = result_.explanation;
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return std::move(result_);
  }

 private:
  void note(Outcome outcome, const std::string& explanation) {
    spdlog::debug("replay: {}: {}", name_of(outcome), explanation);
    if (result_.outcome != Outcome::Ok) return;
    result_.outcome = outcome;
    result_.explanation = explanation;
  }

  BootEnd one_boot(std::size_t first, std::size_t count) {
    const auto scenarios = std::span(request_.scenarios).subspan(first, count);
    Mailbox mailbox(scenarios, fresh_nonce());
    MachineSpec spec;
    spec.kernel = request_.image.kernel;
    spec.initramfs = request_.image.initramfs;
    spec.arch = request_.image.arch;
    spec.cpu = request_.cpu;
    spec.iommu = request_.iommu;
    spec.accelerator = request_.accelerator;
    spec.cmdline = request_.cmdline_extras;
    spec.qemu = request_.qemu;
    auto run = run_qemu(spec, mailbox, request_.deadlines, cancel_);
    if (!result_.facts.ready) result_.facts = mailbox.facts();
    const auto end = conclude(mailbox, first, scenarios, run);
    result_.boots.push_back({.first = first, .count = count, .run = std::move(run)});
    return end;
  }

  BootEnd conclude(const Mailbox& mailbox, std::size_t first,
                   std::span<const sgp_scenario> scenarios, const QemuRun& run) {
    BootEnd end;
    std::size_t damaged = 0;
    const auto next = mailbox.next();
    // Records are looked at up to the one in progress; if the header is scribbled over, all of
    // them, and the first that is missing is where the machine stopped.
    std::size_t stop = next ? static_cast<std::size_t>(*next) : scenarios.size();
    for (std::size_t i = 0; i < stop; ++i) {
      auto& result = *into_[first + i];
      const auto record = mailbox.record(i, scenarios[i]);
      if (!take(record, result)) {
        if (!next) {
          stop = i;
          break;
        }
        result.state = State::Damaged;
        result.why = "the kernel counted the scenario but left no closed record";
      }
      damaged += result.state == State::Damaged ? 1 : 0;
    }
    end.outcome = outcome_of(run, request_.image.arch, mailbox, next.has_value());
    end.explanation = explain(end.outcome, run, stop);
    end.resume = stop;
    if (end.outcome == Outcome::Ok && damaged != 0) {
      end.outcome = Outcome::Garbage;
      end.explanation = fmt::format("{} of {} records are not sound", damaged, scenarios.size());
    }
    // A machine that went down early is tried once more (max_failed_boots): a busy host can do
    // that.
    const bool early =
        end.outcome == Outcome::BootFailed && run.end == QemuEnd::Exited && run.exit_code == 0;
    end.worth_another = early || end.outcome == Outcome::Ok || end.outcome == Outcome::Panic ||
                        end.outcome == Outcome::Hang || end.outcome == Outcome::Garbage ||
                        end.outcome == Outcome::Killed;
    // A machine that a BUG takes down has closed the record of that scenario itself.
    const bool closed = end.outcome == Outcome::Panic && stop > 0 && stop < scenarios.size() &&
                        into_[first + stop - 1]->state == State::Stopped &&
                        mailbox.record(stop, scenarios[stop]).state == RecordState::Absent;
    const bool culprit =
        !closed && (end.outcome == Outcome::Panic || end.outcome == Outcome::Hang || !next);
    if (run.ready && culprit && end.worth_another && stop < scenarios.size()) {
      const auto state = !next                           ? State::Damaged
                         : end.outcome == Outcome::Panic ? State::Panicked
                                                         : State::Hung;
      blame(mailbox.record(stop, scenarios[stop]), state, end.explanation, *into_[first + stop]);
      end.resume = stop + 1;
    }
    return end;
  }

  const BootRequest& request_;
  std::span<ScenarioResult* const> into_;
  const extract::CancelToken& cancel_;
  BootResult result_;
};

}  // namespace

BootResult run_into(const BootRequest& request, std::span<ScenarioResult* const> into,
                    const extract::CancelToken& cancel) {
  if (request.image.kernel.empty() || request.image.initramfs.empty())
    throw Error(ErrorKind::Input, id::kRequest, "replay", "a boot needs a kernel and an initramfs");
  return Runner(request, into, cancel).go();
}

BootResult run(const BootRequest& request, const extract::CancelToken& cancel) {
  std::vector<ScenarioResult> scenarios(request.scenarios.size());
  std::vector<ScenarioResult*> into;
  for (auto& scenario : scenarios) into.push_back(&scenario);
  auto result = run_into(request, into, cancel);
  result.scenarios = std::move(scenarios);
  return result;
}

Accelerator probe_accelerator(BootRequest request, const extract::CancelToken& cancel) {
  request.accelerator = Accelerator::Kvm;
  request.deadlines.boot = std::min(request.deadlines.boot, kProbeLimit);
  request.deadlines.progress = std::min(request.deadlines.progress, kProbeLimit);
  request.max_boots = request.max_failed_boots = 1;
  sgp_scenario empty{};
  empty.magic = SGP_MAGIC_SCENARIO;
  empty.nents = 1;
  request.scenarios = {empty};
  return run(request, cancel).outcome == Outcome::Ok ? Accelerator::Kvm : Accelerator::Tcg;
}

Accelerator accelerator_for(const KernelImage& image, const extract::CancelToken& cancel) {
  if (image.arch == Arch::Um) return Accelerator::Tcg;  // it runs on the processor itself
  static std::mutex mutex;
  static std::map<Arch, Accelerator> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(image.arch);
  if (found != known.end()) return found->second;
  BootRequest request;
  request.image = image;
  const bool there = ::access("/dev/kvm", R_OK | W_OK) == 0;
  const auto accelerator = there ? probe_accelerator(request, cancel) : Accelerator::Tcg;
  // what the user interrupted says nothing about the machine
  if (!cancel.cancelled()) known.emplace(image.arch, accelerator);
  return accelerator;
}

}  // namespace sgproof::replay

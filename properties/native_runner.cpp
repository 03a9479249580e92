#include "properties/native_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "kernel-extract/byte_order.hpp"

namespace sgproof::properties {
namespace {

using Clock = std::chrono::steady_clock;

/// A runner is replaced after so many scenarios: every page frame it touched stays populated.
constexpr std::uint64_t kRunsPerProcess = 1 << 15;
/// Scenarios written ahead of the report that is awaited.
constexpr std::size_t kInFlight = 32;

sgp_report stopped_report(const sgp_scenario& scenario) {
  sgp_report report{};
  report.magic = SGP_MAGIC_REPORT;
  report.id = scenario.id;
  report.nents = scenario.nents;
  report.nops = scenario.nops;
  report.world = scenario.world;
  for (unsigned j = 0; j < SGP_MAX_PAGES; ++j) {
    report.pages[j].kind = scenario.world.pages[j].kind;
    report.pages[j].phys = scenario.world.pages[j].pfn << 12;
  }
  report.status = SGP_STATUS_STOPPED;
  return report;
}

/// The step did not return: it goes on and on, or ended by a signal.
void add_stop(sgp_report& report, unsigned step, const NativeRun& run) {
  const auto n = std::min<std::uint64_t>(report.nevents, SGP_MAX_EVENTS - 1);
  const auto kind = run.result == RunResult::Hung ? SGP_EV_ENDLESS : SGP_EV_OOPS;
  report.events[n] = {
      static_cast<sgp_u64>(kind), step, 0, static_cast<sgp_u64>(run.signal), 0, 0, 0};
  report.nevents = n + 1;
}

bool sent_from_outside(int signal) {
  return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
}

}  // namespace

NativeRunner::NativeRunner(std::vector<std::string> argv, std::chrono::milliseconds deadline,
                           std::endian order)
    : argv_(std::move(argv)), deadline_(deadline), order_(order) {}

NativeRunner::NativeRunner(const std::filesystem::path& program, std::chrono::milliseconds deadline)
    : NativeRunner(std::vector<std::string>{program.string()}, deadline) {}

NativeRunner::~NativeRunner() = default;

NativeRun NativeRunner::run(const sgp_scenario& scenario) {
  return std::move(run(std::span(&scenario, 1)).front());
}

std::vector<NativeRun> NativeRunner::run(std::span<const sgp_scenario> scenarios) {
  std::vector<NativeRun> runs;
  runs.reserve(scenarios.size());
  while (runs.size() < scenarios.size()) {
    if (runs_of_child_ >= kRunsPerProcess) child_.reset();
    if (!child_) {
      child_ = std::make_unique<Child>(argv_);
      runs_of_child_ = 0;
      ++starts_;
    }
    stream(scenarios.subspan(runs.size()), runs);
  }
  runs_ += scenarios.size();
  return runs;
}

void NativeRunner::stream(std::span<const sgp_scenario> scenarios, std::vector<NativeRun>& runs) {
  std::vector<sgp_scenario> turned;
  if (order_ != std::endian::native)
    for (const sgp_scenario& s : scenarios) turned.push_back(in_order(s, order_));
  const auto* bytes =
      reinterpret_cast<const char*>(turned.empty() ? scenarios.data() : turned.data());
  const std::size_t first = runs.size();
  std::size_t written = 0, read = 0;
  bool writing = true;
  NativeRun current;
  auto* buffer = reinterpret_cast<char*>(&current.report);
  auto deadline = Clock::now() + deadline_;
  while (runs.size() - first < scenarios.size()) {
    const std::size_t done = runs.size() - first;
    const std::size_t limit = std::min(scenarios.size(), done + kInFlight) * sizeof(sgp_scenario);
    while (writing && written < limit) {
      const auto n = child_->write_some(bytes + written, limit - written);
      writing = n.has_value();
      if (!n || *n == 0) break;
      written += *n;
    }
    const auto n = child_->read_some(buffer + read, sizeof(sgp_report) - read);
    if (!n) {
      runs.push_back(read ? garbage(scenarios[done], "the runner ended inside a report")
                          : ended(scenarios[done], false));
      return;
    }
    read += *n;
    if (read == sizeof(sgp_report)) {
      current.report = in_order(current.report, order_);
      if (current.report.magic != SGP_MAGIC_REPORT || current.report.id != scenarios[done].id) {
        runs.push_back(garbage(scenarios[done], "the runner wrote something that is no report"));
        return;
      }
      current.result = RunResult::Reported;
      if (current.report.status == SGP_STATUS_UNMODELLED) note_errors();
      runs.push_back(std::exchange(current, {}));
      ++runs_of_child_;
      read = 0;
      deadline = Clock::now() + deadline_;
      continue;
    }
    if (*n) continue;
    if (child_->wait(writing && written < limit, deadline).timed_out) {
      runs.push_back(read ? garbage(scenarios[done], "the runner stopped inside a report")
                          : ended(scenarios[done], true));
      return;
    }
  }
}

NativeRun NativeRunner::garbage(const sgp_scenario& scenario, std::string text) {
  note_errors();
  child_.reset();
  NativeRun run;
  run.text = std::move(text);
  if (!last_errors_.empty()) run.text += ": " + last_errors_;
  run.report = stopped_report(scenario);
  run.report.status = SGP_STATUS_NONE;
  return run;
}

NativeRun NativeRunner::ended(const sgp_scenario& scenario, bool timed_out) {
  note_errors();
  const auto ending = timed_out ? std::nullopt : child_->end(Clock::now() + deadline_);
  if (!timed_out && !ending) return garbage(scenario, "the runner closed its output");
  if (ending && !ending->signal)
    return garbage(scenario, fmt::format("the runner ended with exit code {}", ending->exit_code));
  if (ending && sent_from_outside(ending->signal))
    return garbage(scenario, fmt::format("the runner was killed (signal {})", ending->signal));
  child_.reset();
  NativeRun run;
  run.result = timed_out ? RunResult::Hung : RunResult::Died;
  run.signal = ending ? ending->signal : 0;
  run.text = timed_out ? fmt::format("hang: the run did not end within {} ms", deadline_.count())
                       : fmt::format("the run ended by signal {}", run.signal);
  run.report = stopped_report(scenario);
  if (attributing_) return run;
  if (timed_out) ++hangs_;
  attribute(scenario, run);
  return run;
}

void NativeRunner::attribute(const sgp_scenario& scenario, NativeRun& run) {
  attributing_ = true;
  unsigned step = 0;
  sgp_scenario prefix = scenario;
  for (unsigned nops = 1; nops <= scenario.nops && nops <= SGP_MAX_OPS; ++nops) {
    prefix.nops = nops;
    NativeRun part;
    try {
      part = this->run(prefix);
    } catch (...) {
      attributing_ = false;
      throw;
    }
    if (part.result != RunResult::Reported) {  // this step does not return
      step = nops - 1;
      break;
    }
    if (part.report.status != SGP_STATUS_COMPLETE) break;
    run.report = part.report;
  }
  attributing_ = false;
  run.report.nops = scenario.nops;
  run.report.status = SGP_STATUS_STOPPED;
  for (unsigned s = step; s < SGP_MAX_OPS; ++s) run.report.steps[s] = {};
  add_stop(run.report, step, run);
}

void NativeRunner::note_errors() {
  if (!child_) return;
  last_errors_ = child_->take_errors();
  constexpr std::string_view kMark = "unmodelled: ";
  for (std::size_t at = 0; (at = last_errors_.find(kMark, at)) != std::string::npos;) {
    at += kMark.size();
    unmodelled_.insert(last_errors_.substr(at, last_errors_.find('\n', at) - at));
  }
  while (!last_errors_.empty() && last_errors_.back() == '\n') last_errors_.pop_back();
}

}  // namespace sgproof::properties

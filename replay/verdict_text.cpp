#include "replay/verdict_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sgproof::replay {
namespace {

/// Control characters out: a kernel under test must not drive the user's terminal.
std::string printable(std::string_view line) {
  std::string out(line);
  std::erase_if(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return out;
}

}  // namespace

std::string telling_line(const std::string& console) {
  static constexpr std::array<std::string_view, 8> kWords{
      "BUG: failure at", "Kernel panic", "kernel BUG at", "BUG: ",
      "Oops: ",          "sgproof: ",    "qemu-system-",  "general protection"};
  for (const auto word : kWords) {
    const auto at = console.find(word);
    if (at == std::string::npos) continue;
    const auto begin =
        console.rfind('\n', at) == std::string::npos ? 0 : console.rfind('\n', at) + 1;
    return printable(std::string_view(console).substr(begin, console.find('\n', at) - begin));
  }
  auto end = console.find_last_not_of(" \r\n");
  if (end == std::string::npos) return {};
  const auto begin = console.rfind('\n', end);
  return printable(
      std::string_view(console).substr(begin == std::string::npos ? 0 : begin + 1,
                                       end - (begin == std::string::npos ? 0 : begin + 1) + 1));
}

Outcome outcome_of(const QemuRun& run, Arch arch, const Mailbox& mailbox, bool header_sound) {
  switch (run.end) {
    case QemuEnd::NoProgram:
      return Outcome::QemuMissing;
    case QemuEnd::Cancelled:
      return Outcome::Cancelled;
    case QemuEnd::Signalled:
      return Outcome::Killed;
    case QemuEnd::BootTimeout:
      return Outcome::BootFailed;
    case QemuEnd::TimedOut:
      return Outcome::TimeLimit;
    case QemuEnd::Stalled:
      return Outcome::Hang;
    case QemuEnd::Exited:
      break;
    case QemuEnd::Unknown:
      return Outcome::BootFailed;
  }
  const auto end = farewell(arch, run.exit_code);
  if (!run.ready || end == Farewell::NoRunner) return Outcome::BootFailed;
  if (!header_sound) return Outcome::Garbage;
  if (end == Farewell::Done) return mailbox.finished() ? Outcome::Ok : Outcome::Garbage;
  return end == Farewell::Down ? Outcome::Panic : Outcome::Killed;
}

std::string explain(Outcome outcome, const QemuRun& run, std::size_t ended) {
  const auto line = telling_line(run.console);
  const auto said =
      line.empty() ? std::string("it said nothing") : fmt::format("it said \"{}\"", line);
  switch (outcome) {
    case Outcome::Ok:
      return "every scenario has a sound record";
    case Outcome::BootFailed:
      if (run.end == QemuEnd::BootTimeout)
        return fmt::format("the kernel did not load the runner within {:.1f} s; {}", run.seconds,
                           said);
      return fmt::format("the machine ended with code {} before the runner was loaded; {}",
                         run.exit_code, said);
    case Outcome::Panic:
      return fmt::format("the kernel went down; {}", said);
    case Outcome::Hang:
      return fmt::format("no scenario ended for too long, after {} that did; {}", ended, said);
    case Outcome::Killed:
      return run.end == QemuEnd::Signalled
                 ? fmt::format("the machine was killed by signal {}; {}", run.signal, said)
                 : fmt::format("the machine ended with the unexpected code {}; {}", run.exit_code,
                               said);
    case Outcome::Garbage:
      return fmt::format("the mailbox holds values that the runner never writes; {}", said);
    case Outcome::QemuMissing:
      return "there is no QEMU for this architecture: install qemu-system-x86";
    case Outcome::TimeLimit:
      return fmt::format("the time limit was reached after {:.1f} s", run.seconds);
    case Outcome::Cancelled:
      return "stopped by the user";
  }
  return {};
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::BootFailed:
      return "boot-failed";
    case Outcome::Ok:
      return "ok";
    case Outcome::Panic:
      return "panic";
    case Outcome::Hang:
      return "hang";
    case Outcome::Killed:
      return "killed";
    case Outcome::Garbage:
      return "garbage";
    case Outcome::QemuMissing:
      return "qemu-missing";
    case Outcome::TimeLimit:
      return "time-limit";
    case Outcome::Cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string_view name_of(ScenarioResult::State state) {
  switch (state) {
    case ScenarioResult::State::NotRun:
      return "not-run";
    case ScenarioResult::State::Reported:
      return "reported";
    case ScenarioResult::State::Stopped:
      return "stopped";
    case ScenarioResult::State::Panicked:
      return "panicked";
    case ScenarioResult::State::Hung:
      return "hung";
    case ScenarioResult::State::Damaged:
      return "damaged";
  }
  return "unknown";
}

std::string_view reason_text(std::uint64_t unreplayable) {
  switch (unreplayable) {
    case SGP_UNREPLAYABLE_NONE:
      return "it can be replayed";
    case SGP_UNREPLAYABLE_MAP_TYPE:
      return "no pair of devices of this machine has these map types at once";
    case SGP_UNREPLAYABLE_BOUNCE:
      return "the machine cannot give the device this bounce pool, or not where the scenario has "
             "it";
    case SGP_UNREPLAYABLE_PAGE:
      return "the machine has no such pages, or none that the device reaches (or does not reach) "
             "as asked";
    case SGP_UNREPLAYABLE_OFFSET:
      return "no free part of a BAR can be registered with this bus offset";
    case SGP_UNREPLAYABLE_OP:
      return "the runner does not know the operation";
    case SGP_UNREPLAYABLE_NO_P2PDMA:
      return "the kernel has no P2PDMA, or the machine no provider";
    case SGP_UNREPLAYABLE_CHOICE:
      return "a result of the environment cannot be forced";
    case SGP_UNREPLAYABLE_IOMMU:
      return "the device is not behind an IOMMU as asked";
    case SGP_UNREPLAYABLE_DEVICE:
      return "the machine has no such device";
    default:
      return "unknown reason";
  }
}

}  // namespace sgproof::replay

#include "replay/record.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace sgproof::replay {
namespace {

/// The text up to the first NUL, with what cannot be printed replaced: it goes to terminals and
/// reports.
std::string text_of(const char (&field)[SGP_DIAG_TEXT]) {
  std::string text(field, std::find(std::begin(field), std::end(field), '\0'));
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

std::span<const std::byte> bytes_of(const auto& object) {
  return std::as_bytes(std::span(&object, 1));
}

std::vector<Diagnostic> diagnostics_of(const sgp_record& raw) {
  std::vector<Diagnostic> out;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(raw.ndiags, SGP_MAX_DIAGS); ++i) {
    const auto& d = raw.diags[i];
    if (d.kind >= SGP_EV_COUNT) continue;
    out.push_back({.kind = static_cast<sgp_event_kind>(d.kind),
                   .step = d.step,
                   .file = text_of(d.file),
                   .line = d.line,
                   .function = text_of(d.function)});
  }
  return out;
}

/// Why a report is not the answer to the scenario, or nothing.
std::string mismatch(const sgp_report& report, const sgp_scenario& scenario) {
  if (report.magic != SGP_MAGIC_REPORT) return fmt::format("report magic {:#x}", report.magic);
  if (report.id != scenario.id)
    return fmt::format("report of scenario {}, not {}", report.id, scenario.id);
  if (report.nents != scenario.nents || report.nops != scenario.nops)
    return "shape differs from the scenario's";
  return {};
}

/// Each byte is compared with the one before it: most of a mailbox is looked at here, and memcmp()
/// is faster than any loop of ours.
bool is_zero(std::span<const std::byte> bytes) {
  return bytes.empty() || (bytes.front() == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// What the record's seal does not cover must be sealed by itself (steps) or zero.
std::string unsealed(const sgp_record& raw) {
  for (std::size_t i = 0; i < SGP_MAX_OPS; ++i) {
    const auto step = bytes_of(raw.report.steps[i]);
    if (raw.step_seal[i] == 0 ? !is_zero(step) : seal_of(step) != raw.step_seal[i])
      return fmt::format("step {} is not sound", i);
  }
  const auto events = std::min<std::size_t>(raw.report.nevents, SGP_MAX_EVENTS);
  const auto diags = std::min<std::size_t>(raw.ndiags, SGP_MAX_DIAGS);
  if (!is_zero(std::as_bytes(std::span(raw.report.events).subspan(events))) ||
      !is_zero(std::as_bytes(std::span(raw.diags).subspan(diags))))
    return "something was written where nothing should be";
  return {};
}

Record damaged(std::string why) {
  Record record;
  record.state = RecordState::Damaged;
  record.why = std::move(why);
  return record;
}

/// Keeps the steps that the runner had sealed; the others were not observed.
Record partial(const sgp_record& raw, const sgp_scenario& scenario) {
  Record record;
  record.state = RecordState::Partial;
  record.report = raw.report;
  if (const auto why = mismatch(raw.report, scenario); !why.empty())
    return damaged("unfinished record: " + why);
  for (std::size_t i = 0; i < SGP_MAX_OPS; ++i) {
    auto& step = record.report.steps[i];
    if (raw.step_seal[i] == 0 || seal_of(bytes_of(step)) != raw.step_seal[i]) step = {};
  }
  record.report.status = SGP_STATUS_STOPPED;
  record.diagnostics = diagnostics_of(raw);
  record.stopped_before = raw.stopped_before;
  return record;
}

}  // namespace

std::uint64_t seal_of(std::span<const std::byte> bytes) {
  return ::XXH64(bytes.data(), bytes.size(), 0);
}

std::uint64_t seal_of(const sgp_record& record) {
  std::uint64_t seal = 0;
  for (unsigned part = 0; part < SGP_RECORD_PARTS; ++part) {
    unsigned long length = 0;
    const void* bytes = sgp_record_part(&record, part, &length);
    seal = ::XXH64(bytes, length, seal);
  }
  return seal;
}

Record parse_record(std::span<const std::byte> bytes, std::uint64_t index, std::uint64_t nonce,
                    const sgp_scenario& scenario) {
  sgp_record raw;
  if (bytes.size() != sizeof(raw))
    return damaged(fmt::format("{} bytes instead of {}", bytes.size(), sizeof(raw)));
  if (is_zero(bytes)) return {};
  std::memcpy(&raw, bytes.data(), sizeof(raw));
  if (raw.magic != SGP_RECORD_MAGIC) return damaged(fmt::format("magic {:#x}", raw.magic));
  if (raw.nonce != nonce) return damaged("written by another boot");
  if (raw.index != index) return damaged(fmt::format("index {} at place {}", raw.index, index));
  if (raw.state == SGP_RECORD_STARTED) return partial(raw, scenario);
  if (raw.state != SGP_RECORD_COMPLETE) return damaged(fmt::format("state {}", raw.state));
  if (seal_of(raw) != raw.seal) return damaged("the seal does not fit");
  if (const auto why = unsealed(raw); !why.empty()) return damaged(why);
  if (const auto why = mismatch(raw.report, scenario); !why.empty()) return damaged(why);
  Record record;
  record.state = RecordState::Complete;
  record.report = raw.report;
  record.diagnostics = diagnostics_of(raw);
  record.stopped_before = raw.stopped_before;
  record.cycles = raw.cycles;
  return record;
}

}  // namespace sgproof::replay

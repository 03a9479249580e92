#include "gate/equivalence.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "properties/decoder.hpp"
#include "properties/legality.hpp"
#include "properties/random_family.hpp"
#include "properties/table_scenarios.hpp"
#include "properties/translate.hpp"
#include "replay/agreement.hpp"

namespace sgproof::gate {
namespace {

using State = replay::ScenarioResult::State;

sgp_scenario decoded(properties::Random64& random, const model::Facts& facts) {
  std::array<std::uint8_t, properties::kDecodedBytes> bytes{};
  const auto used = random.below(bytes.size() + 1);  // short buffers give neutral worlds
  for (std::size_t i = 0; i < used; ++i) bytes[i] = static_cast<std::uint8_t>(random());
  return properties::decode(bytes, facts);
}

constexpr unsigned kTransferring = 4;  ///< one scenario of so many is for a device that transfers
constexpr unsigned kRounds = 16;       ///< batches to draw from, if hardly anything is legal
constexpr std::size_t kSlice = 64;     ///< scenarios that run before hangs are counted
constexpr std::uint64_t kMostHangs =
    2;  ///< each takes as long as a run may; then no more are drawn

std::array<std::uint64_t, 32> bus_offsets(properties::Random64& random) {
  std::array<std::uint64_t, 32> all{};
  for (std::size_t i = 1; i < all.size(); ++i) {
    const std::uint64_t size = random() >> (16 + random.below(32)) << 12;
    all[i] = random.below(2) ? size : ~size + 1;
  }
  return all;
}

/// Why nothing can be compared, or empty.
std::string unusable(const replay::ScenarioResult& result) {
  if (result.state != State::Reported && result.state != State::Stopped)
    return std::string(replay::name_of(result.state)) + ": " + result.why;
  if (result.report.status == SGP_STATUS_NOT_REPLAYABLE)
    return "not replayable: " + std::string(replay::reason_text(result.report.steps[0].ret));
  return {};
}

/// Adds those of the batch that ran to their end, up to `count` in all.
void keep_complete(std::vector<sgp_scenario>& kept, std::span<const sgp_scenario> batch,
                   const std::vector<properties::NativeRun>& runs, std::size_t count) {
  for (std::size_t i = 0; i < batch.size() && kept.size() < count; ++i)
    if (runs[i].report.status == SGP_STATUS_COMPLETE) kept.push_back(batch[i]);
}

}  // namespace

std::vector<sgp_scenario> random_scenarios(Subject& subject, std::uint64_t seed,
                                           std::size_t count) {
  const auto families = model::families(subject.facts, 3);
  properties::Random64 random(seed);
  const auto offsets = bus_offsets(random);
  const std::size_t most_stopping = std::max<std::size_t>(count / 50, 4);
  const auto hangs = subject.runner->hangs();
  const auto hanging = [&] { return subject.runner->hangs() - hangs > kMostHangs; };
  std::vector<sgp_scenario> running, stopping;
  for (unsigned round = 0; running.size() < count && round < kRounds && !hanging(); ++round) {
    std::vector<sgp_scenario> batch;
    for (std::size_t i = 0; i < count; ++i) {
      auto scenario = random.below(2)
                          ? decoded(random, subject.facts)
                          : properties::draw(families[random.below(families.size())], random);
      for (auto& provider : scenario.world.providers)
        provider.bus_start = provider.cpu_start + offsets[random.below(offsets.size())];
      scenario.world.real_dma = random.below(kTransferring) == 0 ? 1 : 0;
      if (!properties::illegal_use(scenario, subject.facts)) batch.push_back(scenario);
    }
    for (std::size_t from = 0; from < batch.size() && !hanging(); from += kSlice) {
      const auto slice = std::span(batch).subspan(from, std::min(kSlice, batch.size() - from));
      const auto runs = subject.runner->run(slice);
      for (std::size_t i = 0; i < slice.size(); ++i) {
        const auto status = runs[i].report.status;
        if (status == SGP_STATUS_COMPLETE && running.size() < count) running.push_back(slice[i]);
        if (status == SGP_STATUS_STOPPED && stopping.size() < most_stopping)
          stopping.push_back(slice[i]);
      }
    }
  }
  if (running.size() + stopping.size() > count) running.resize(count - stopping.size());
  std::ranges::copy(stopping, std::back_inserter(running));
  return running;
}

std::vector<sgp_scenario> random_tables(Subject& subject, std::uint64_t seed, std::size_t count) {
  std::vector<sgp_scenario> running;
  for (unsigned round = 0; running.size() < count && round < kRounds; ++round) {
    const auto batch = properties::table_scenarios(subject.facts, seed + round, count);
    keep_complete(running, batch, subject.runner->run(batch), count);
  }
  return running;
}

std::vector<sgp_scenario> random_bounces(Subject& subject, std::uint64_t seed, std::size_t count) {
  const auto families = model::bounce_families(subject.facts);
  if (families.empty()) return {};
  properties::Random64 random(seed);
  std::vector<sgp_scenario> running;
  for (unsigned round = 0; running.size() < count && round < kRounds; ++round) {
    std::vector<sgp_scenario> batch;
    for (std::size_t i = 0; i < count; ++i)
      batch.push_back(properties::draw(families[random.below(families.size())], random));
    keep_complete(running, batch, subject.runner->run(batch), count);
  }
  return running;
}

std::vector<sgp_scenario> random_translated(Subject& subject, std::uint64_t seed,
                                            std::size_t count) {
  if (!properties::has_iommu(subject.facts)) return {};
  auto all = random_scenarios(subject, seed, count);
  properties::Random64 random(seed);
  for (auto& scenario : all) scenario = properties::translated(scenario, random);
  return all;
}

Equivalence compare(Subject& subject, const std::vector<sgp_scenario>& scenarios,
                    const std::vector<replay::ScenarioResult>& booted) {
  Equivalence out;
  std::vector<sgp_scenario> again;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    if (const auto why = unusable(booted.at(i)); !why.empty()) {
      ++out.not_compared[why];
      continue;
    }
    again.push_back(replay::realised(scenarios[i], booted[i].report));
    places.push_back(i);
  }
  const auto runs = subject.runner->run(again);
  for (std::size_t k = 0; k < runs.size(); ++k) {
    const auto i = places[k];
    const auto& report = booted[i].report;
    if (runs[k].result == properties::RunResult::Garbage) {
      ++out.not_compared["the native runner gave nothing usable: " + runs[k].text];
      continue;
    }
    if (const auto why = replay::not_comparable(again[k], runs[k].report, report)) {
      ++out.not_compared[*why];
      continue;
    }
    const auto found = replay::differences(scenarios[i], runs[k].report, report);
    if (!found.empty() && booted[i].tainted) {
      ++out.not_compared
            ["different, but a BUG or oops had stopped an earlier scenario of the boot"];
      continue;
    }
    ++out.compared;
    if (!found.empty())
      out.disagreements.push_back({i, replay::words(found.front()), found.front().step});
  }
  return out;
}

}  // namespace sgproof::gate

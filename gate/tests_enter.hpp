// Which functions the native tests go through: a native program does not say, the executor does.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "gate/stale_contracts.hpp"
#include "gate/subject.hpp"
#include "kernel-extract/process.hpp"

namespace sgproof::gate {

/// Scenarios of each kind that the native tests have: lists, tables, bounce buffers, lists behind
/// an IOMMU, and where their bounce buffers are executed those of untrusted devices too.
std::vector<std::vector<sgp_scenario>> kinds_of_tests(Subject& subject, std::uint64_t seed);

/// Puts those scenarios first that show something which none before them does; how many these are.
/// `shown`: what each shows.
std::size_t telling_first(std::vector<sgp_scenario>& scenarios,
                          const std::vector<std::set<std::string>>& shown);

/// What `enter` says that scenarios of one kind enter. It is asked of one part of them after the
/// other, until one behind the first `at_least` enters nothing new: each costs half a second. What
/// one kind enters says nothing of another, so each must be followed by itself.
std::set<std::string> follow_until_nothing_new(
    const std::vector<sgp_scenario>& scenarios, std::size_t at_least,
    const std::function<std::set<std::string>(const sgp_scenario&)>& enter);

/// Draws scenarios as the native tests do and runs them natively. A statement goes through what the
/// executor enters in any of the kinds in which it applies.
EnteredByTests entered_by_tests(Subject& subject, std::uint64_t seed,
                                const extract::CancelToken& cancel);

}  // namespace sgproof::gate

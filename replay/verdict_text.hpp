// What the end of a machine means, and how to say it.
#pragma once

#include <cstddef>
#include <string>

#include "replay/boot.hpp"

namespace sgproof::replay {

/// The outcome of one boot; `header_sound` says whether the mailbox's header holds legal values.
[[nodiscard]] Outcome outcome_of(const QemuRun& run, Arch arch, const Mailbox& mailbox,
                                 bool header_sound);

/// One sentence, with the kernel's own words where the console has some; `ended` scenarios of this
/// boot had ended.
[[nodiscard]] std::string explain(Outcome outcome, const QemuRun& run, std::size_t ended);

/// The line of the console that tells most about the end: panic, BUG, oops, else the last line.
[[nodiscard]] std::string telling_line(const std::string& console);

}  // namespace sgproof::replay

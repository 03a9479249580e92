#include "gate/export/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/error.hpp"

namespace sgproof::gate {
namespace {

/// What kind of thing a field is.
unsigned kind_of(std::string_view field) {
  if (field == "dma_address" || field == "dma_length" || field == "bus-address mark") return 1;
  if (field == "END mark" || field == "CHAIN mark") return 2;
  if (field == "return value" || field == "sgt->nents") return 3;
  return 0;
}

std::vector<const Assertion*> showing(const Reference& reference, const About& about) {
  std::vector<const Assertion*> out;
  for (const Assertion& a : reference.assertions)
    if (shows_claim(a, about)) out.push_back(&a);
  if (!out.empty()) return out;
  std::string why = "after no step of this scenario does a correct kernel show it";
  if (about.invariant.starts_with("SAF"))
    why = "it shows as a crash, a warning or an undefined value, which a test cannot assert";
  if (about.field.starts_with("calls of") || about.field.find("given to") != std::string::npos ||
      about.clause == "unmapped-once" || about.clause == "synced" ||
      about.clause == "slot-synced" || about.clause == "part-synced" ||
      about.clause == "sync-skipped" || about.clause == "nothing-else" ||
      about.clause == "given-back" || about.clause == "buffer-kept" ||
      about.clause == "attributes" || about.clause == "direction")
    why = "it is about calls of the bounce buffers' code, which no interface shows";
  if (about.clause == "disjoint-masks")
    why = "it is about constants that have other names in each tree";
  throw Error(ErrorKind::Unsupported, "SGP-E0621", "export",
              fmt::format("no test can assert {} {}: {}", about.invariant, about.clause, why))
      .hint("`sgproof replay` executes the trace on a booted kernel and sees it there");
}

}  // namespace

bool shows_claim(const Assertion& assertion, const About& about) {
  if (about.step && *about.step != assertion.step) return false;
  return std::ranges::find(assertion.claims, fmt::format("{} {}", about.invariant, about.clause)) !=
         assertion.claims.end();
}

std::vector<Assertion> around_claim(const Reference& reference, const About& about) {
  if (!about.has_claim()) return reference.assertions;
  const auto shown = showing(reference, about);
  std::vector<Assertion> out;
  for (const Assertion& a : reference.assertions)
    if (std::ranges::any_of(shown, [&](const Assertion* s) {
          return s->step == a.step && kind_of(s->field) == kind_of(a.field);
        }))
      out.push_back(a);
  return out;
}

std::vector<Assertion> all_with_claim(const Reference& reference, const About& about) {
  if (about.has_claim()) (void)showing(reference, about);
  return reference.assertions;
}

}  // namespace sgproof::gate

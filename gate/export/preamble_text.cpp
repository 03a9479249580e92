#include "gate/export/preamble_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gate/export/claim_sentence.hpp"
#include "gate/export/world_code.hpp"

namespace sgproof::gate {
namespace {

/// Where and how it was seen to be violated.
std::string seen(const About& about) {
  std::string out = fmt::format("Found by sgproof ({} {})", about.invariant, about.clause);
  if (!about.function.empty()) out += fmt::format(" in {}()", about.function);
  if (!about.file.empty()) out += fmt::format(", {}:{}", about.file, about.line);
  if (about.field.empty() || about.expected.empty() || about.observed.empty()) return out + ".";
  return out + fmt::format(": with the addresses of that trace, {} was {} and must be {}.",
                           about.field, about.observed, about.expected);
}

}  // namespace

std::string test_name(const TraceFile& trace) {
  if (!trace.about.has_claim()) return c_name(trace.name);
  return c_name(fmt::format("{}_{}", trace.about.invariant, trace.about.clause));
}

bool needs_building(const World& world) {
  return world.ram_order || !world.peers.empty() ||
         std::ranges::any_of(world.clients, &Client::used);
}

void write_preamble(CText& out, const TraceFile& trace, const World& world,
                    std::set<std::string> more) {
  const About& about = trace.about;
  std::vector<std::string> comment;
  if (about.has_claim()) {
    comment.push_back(claim_sentence(about.invariant, about.clause));
    comment.push_back(seen(about));
  } else {
    comment.push_back(
        fmt::format("What must hold of a scatterlist after each step of {}.", trace.name));
  }
  if (const auto needs = world_needs(world); !needs.empty())
    comment.push_back(fmt::format("Needs {}; is skipped elsewhere.", fmt::join(needs, ", and ")));
  out.line(0, "// SPDX-License-Identifier: GPL-2.0");
  out.comment(0, comment);
  more.insert({"linux/module.h", "linux/scatterlist.h", "linux/string.h"});
  more.merge(world_headers(world));
  for (const auto& header : more) out.line(0, fmt::format("#include <{}>", header));
  out.blank();
}

void write_epilogue(CText& out, const TraceFile& trace) {
  out.line(0, fmt::format("MODULE_DESCRIPTION(\"{}\");",
                          trace.about.has_claim()
                              ? claim_sentence(trace.about.invariant, trace.about.clause)
                              : "sgproof: " + trace.name));
  out.line(0, "MODULE_LICENSE(\"GPL\");");
}

}  // namespace sgproof::gate

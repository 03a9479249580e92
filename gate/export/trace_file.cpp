#include "gate/export/trace_file.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "model/error.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

using nlohmann::json;

/// The text without what would be C, or drive a terminal: a trace is somebody else's file.
std::string harmless(const std::string& text) {
  static constexpr std::string_view kAlso = " ._-+:,()'<>=#";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       kAlso.find(c) != std::string_view::npos;
    const bool path = c == '/' && (out.empty() || (out.back() != '/' && out.back() != '*'));
    out += plain || path ? c : '?';
  }
  return out;
}

std::string text_of(const json& about, const char* key) {
  const auto it = about.find(key);
  return it != about.end() && it->is_string() ? harmless(it->get<std::string>()) : "";
}

std::optional<unsigned> number_of(const json& about, const char* key) {
  const auto it = about.find(key);
  if (it == about.end() || !it->is_number_unsigned()) return {};
  return it->get<unsigned>();
}

About about_of(const json& trace) {
  About out;
  const auto it = trace.find("about");
  if (it == trace.end() || !it->is_object()) return out;
  out.finding = text_of(*it, "finding");
  out.config = text_of(*it, "config");
  out.invariant = text_of(*it, "invariant");
  out.clause = text_of(*it, "clause");
  out.function = text_of(*it, "function");
  out.file = text_of(*it, "file");
  out.field = text_of(*it, "field");
  out.expected = text_of(*it, "expected");
  out.observed = text_of(*it, "observed");
  out.line = static_cast<int>(number_of(*it, "line").value_or(0));
  out.step = number_of(*it, "step");
  out.entry = number_of(*it, "entry");
  return out;
}

}  // namespace

TraceFile parse_trace_file(const std::string& text, const std::string& name) {
  const auto parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded())
    throw Error(ErrorKind::Input, "SGP-E0205", "trace", "not JSON").at(name);
  TraceFile out{harmless(name), model::scenario_from_json(parsed), about_of(parsed)};
  if (out.about.step && *out.about.step >= out.scenario.nops) out.about.step.reset();
  return out;
}

TraceFile read_trace_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw Error(ErrorKind::Input, "SGP-E0610", "read", "cannot be read").at(file.string());
  return parse_trace_file(text.str(), file.stem().string());
}

}  // namespace sgproof::gate

#include "gate/report/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sgproof::gate {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned char byte(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

/// Length of the well-formed sequence at the start of `s` (Unicode 15, table 3-7), or 0.
std::size_t sequence_length(std::string_view s) {
  const unsigned char a = byte(s, 0);
  if (a < 0x80) return 1;
  std::size_t n = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (a >= 0xC2 && a <= 0xDF) {
    n = 2;
  } else if (a >= 0xE0 && a <= 0xEF) {
    n = 3;
    if (a == 0xE0) low = 0xA0;
    if (a == 0xED) high = 0x9F;
  } else if (a >= 0xF0 && a <= 0xF4) {
    n = 4;
    if (a == 0xF0) low = 0x90;
    if (a == 0xF4) high = 0x8F;
  }
  if (n == 0 || s.size() < n || byte(s, 1) < low || byte(s, 1) > high) return 0;
  for (std::size_t i = 2; i < n; ++i)
    if ((byte(s, i) & 0xC0) != 0x80) return 0;
  return n;
}

/// Calls `each` with every well-formed sequence, and with U+FFFD for every other byte.
template <class F>
void for_each_character(std::string_view bytes, const F& each) {
  while (!bytes.empty()) {
    const std::size_t n = sequence_length(bytes);
    each(n == 0 ? kReplacement : bytes.substr(0, n));
    bytes.remove_prefix(n == 0 ? 1 : n);
  }
}

/// C0, DEL and C1 controls, and the characters that reorder or break lines (U+2028…U+202E,
/// U+2066…U+2069).
bool is_control(std::string_view c) {
  if (c.size() == 1) return byte(c, 0) < 0x20 || byte(c, 0) == 0x7F;
  if (c.size() == 2) return byte(c, 0) == 0xC2 && byte(c, 1) < 0xA0;
  if (c.size() != 3 || byte(c, 0) != 0xE2) return false;
  return (byte(c, 1) == 0x80 && byte(c, 2) >= 0xA8 && byte(c, 2) <= 0xAE) ||
         (byte(c, 1) == 0x81 && byte(c, 2) >= 0xA6 && byte(c, 2) <= 0xA9);
}

}  // namespace

std::string utf8(std::string_view bytes) {
  std::string out;
  for_each_character(bytes, [&](std::string_view c) { out += c; });
  return out;
}

std::string one_line(std::string_view bytes) {
  std::string out;
  for_each_character(bytes, [&](std::string_view c) {
    if (c == "\n")
      out += "\\n";
    else if (is_control(c))
      for (const char b : c) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(b));
    else
      out += c;
  });
  return out;
}

std::string xml_text(std::string_view bytes) {
  std::string out;
  for_each_character(bytes, [&](std::string_view c) {
    const bool allowed_control = c == "\n" || c == "\t";
    const bool non_character =
        c.size() == 3 && byte(c, 0) == 0xEF && byte(c, 1) == 0xBF && byte(c, 2) >= 0xBE;
    out += (is_control(c) && !allowed_control) || non_character ? kReplacement : c;
  });
  return out;
}

std::string markdown_text(std::string_view bytes) {
  std::string out;
  for (const char c : one_line(bytes)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (std::string_view("\\`*_{}[]()#+-!|~@").find(c) != std::string_view::npos)
      out += fmt::format("\\{}", c);
    else
      out += c;
  }
  return out;
}

std::string markdown_code(std::string_view bytes) {
  std::string text = one_line(bytes);
  std::size_t longest = 0;
  std::size_t run = 0;
  std::string escaped;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (c == '|') escaped += '\\';  // inside a table cell GitHub takes a bare one for the border
    escaped += c;
  }
  if (escaped.empty()) return "–";
  const std::string fence(longest + 1, '`');
  const std::string pad = longest > 0 ? " " : "";
  return fence + pad + escaped + pad + fence;
}

std::string uri_path(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace sgproof::gate

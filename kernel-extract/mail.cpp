#include "kernel-extract/mail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <regex>
#include <string_view>

#include "kernel-extract/error_ids.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// "From " line that separates mails: an address or commit and a date.
bool is_separator(std::string_view line) {
  if (!line.starts_with("From ")) return false;
  static const std::regex pattern("From \\S+ .*[0-9]:[0-9][0-9].*");
  return std::regex_match(line.begin(), line.end(), pattern);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int up = std::toupper(static_cast<unsigned char>(c));
  return up >= 'A' && up <= 'F' ? up - 'A' + 10 : -1;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
    } else if (text[i] == '=' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
               hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string decode_base64(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) continue;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

/// Lines without their end; notes whether all had carriage returns.
struct Lines {
  std::vector<std::string_view> text;
  bool ends_with_newline = true;
};

Lines lines_of(std::string_view content) {
  Lines out;
  while (!content.empty()) {
    const auto end = content.find('\n');
    out.text.push_back(content.substr(0, end));
    if (end == std::string_view::npos) {
      out.ends_with_newline = false;
      break;
    }
    content.remove_prefix(end + 1);
  }
  const bool all_cr = !out.text.empty() && std::all_of(out.text.begin(), out.text.end(),
                                                       [](auto l) { return l.ends_with('\r'); });
  if (all_cr)
    for (auto& line : out.text) line.remove_suffix(1);
  return out;
}

/// Name and value of a header line.
std::optional<std::pair<std::string, std::string>> header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  for (const char c : line.substr(0, colon))
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-') return std::nullopt;
  auto value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  return std::pair{lower(line.substr(0, colon)), std::string(value)};
}

Mail parse_mail(const Lines& lines, std::size_t begin, std::size_t end, const std::string& file) {
  Mail out;
  out.line = static_cast<int>(begin) + 1;
  std::size_t i = begin;
  bool is_mail = is_separator(lines.text[i]);
  if (is_mail) {
    static const std::regex commit("From [0-9a-f]{40} .*");
    out.format_patch = std::regex_match(lines.text[i].begin(), lines.text[i].end(), commit);
    ++i;
  } else if (const auto first = header(lines.text[i])) {
    static const std::vector<std::string> kNames{"from",       "subject",     "date",
                                                 "message-id", "return-path", "received"};
    is_mail = std::find(kNames.begin(), kNames.end(), first->first) != kNames.end();
  }
  std::map<std::string, std::string> headers;
  if (is_mail) {
    std::string last;
    for (; i < end && !lines.text[i].empty(); ++i) {
      const auto line = lines.text[i];
      if (line.front() == ' ' || line.front() == '\t') {
        if (!last.empty())
          headers[last] +=
              " " + std::string(line.substr(line.find_first_not_of(" \t") == std::string_view::npos
                                                ? line.size()
                                                : line.find_first_not_of(" \t")));
      } else if (const auto h = header(line)) {
        last = h->first;
        headers[last] = h->second;
      } else {
        break;  // no header line: the body starts without an empty line
      }
    }
    if (i < end && lines.text[i].empty()) ++i;
  }
  out.subject = headers["subject"];
  out.body_line = static_cast<int>(i) + 1;
  for (; i < end; ++i) {
    out.body += lines.text[i];
    if (i + 1 < lines.text.size() || lines.ends_with_newline) out.body += '\n';
  }
  out.ends_with_newline = out.body.empty() || out.body.back() == '\n';
  if (lower(headers["content-type"]).starts_with("multipart/"))
    throw Error(ErrorKind::Input, id::kPatchCorrupt, "series",
                "a mail with attachments is not read")
        .at(file, out.line)
        .hint("apply it with `git am` and give the result of `git format-patch`");
  const auto encoding = lower(headers["content-transfer-encoding"]);
  if (encoding == "quoted-printable") out.body = decode_quoted_printable(out.body);
  if (encoding == "base64") out.body = decode_base64(out.body);
  if (encoding == "quoted-printable" || encoding == "base64")
    out.body.erase(std::remove(out.body.begin(), out.body.end(), '\r'), out.body.end());
  return out;
}

}  // namespace

std::vector<Mail> split_mails(const std::string& content, const std::string& file) {
  const auto lines = lines_of(content);
  std::vector<Mail> out;
  if (lines.text.empty()) return out;
  const bool is_mbox = is_separator(lines.text[0]);
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= lines.text.size(); ++i) {
    const bool boundary = i == lines.text.size() ||
                          (is_mbox && is_separator(lines.text[i]) && lines.text[i - 1].empty());
    if (!boundary) continue;
    out.push_back(parse_mail(lines, begin, i, file));
    begin = i;
  }
  return out;
}

}  // namespace sgproof::extract

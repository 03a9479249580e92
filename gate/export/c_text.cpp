#include "gate/export/c_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <sstream>

namespace sgproof::gate {
namespace {

constexpr std::size_t kColumns = 80, kTab = 8;

/// The words of a paragraph in lines of at most `width` columns.
std::vector<std::string> wrap(const std::string& paragraph, std::size_t width) {
  std::vector<std::string> lines;
  std::istringstream in(paragraph);
  for (std::string word; in >> word;) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > width)
      lines.push_back(word);
    else
      lines.back() += " " + word;
  }
  return lines;
}

std::string indented(std::size_t column) {
  return std::string(column / kTab, '\t') + std::string(column % kTab, ' ');
}

}  // namespace

void CText::line(unsigned indent, std::string_view text) {
  text_ += fmt::format("{}{}\n", std::string(indent, '\t'), text);
}

void CText::comment(unsigned indent, const std::vector<std::string>& paragraphs) {
  const std::size_t width = kColumns - indent * kTab;
  if (paragraphs.size() == 1 && paragraphs.front().size() + 6 <= width)
    return line(indent, fmt::format("/* {} */", paragraphs.front()));
  line(indent, "/*");
  for (std::size_t i = 0; i < paragraphs.size(); ++i) {
    if (i != 0) line(indent, " *");
    for (const auto& words : wrap(paragraphs[i], width - 3))
      line(indent, fmt::format(" * {}", words));
  }
  line(indent, " */");
}

void CText::call(unsigned indent, std::string_view head, const std::vector<std::string>& arguments,
                 std::string_view tail) {
  const std::size_t column = indent * kTab + head.size() + 1;
  std::string line = fmt::format("{}{}(", std::string(indent, '\t'), head);
  std::size_t at = column;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool last = i + 1 == arguments.size();
    const std::size_t size = arguments[i].size() + (last ? 1 + tail.size() : 1);
    if (i != 0 && at + 1 + size > kColumns) {
      text_ += line + "\n";
      line = indented(column);
      at = column;
    } else if (i != 0) {
      line += ' ';
      ++at;
    }
    line += arguments[i] + (last ? "" : ",");
    at += size;
  }
  text_ += fmt::format("{}){}\n", line, tail);
}

std::string c_number(std::uint64_t value) {
  return value < 10 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

std::string c_wide(std::uint64_t value) { return c_number(value) + "ULL"; }

std::string c_direction(std::uint64_t dir) {
  static constexpr std::array<std::string_view, 3> kNames = {"DMA_BIDIRECTIONAL", "DMA_TO_DEVICE",
                                                             "DMA_FROM_DEVICE"};
  return dir < kNames.size() ? std::string(kNames[dir])
                             : fmt::format("(enum dma_data_direction){}", c_number(dir));
}

std::string c_attributes(std::uint64_t attrs) {
  static constexpr std::array<std::pair<unsigned, std::string_view>, 8> kNames = {
      {{1, "DMA_ATTR_WEAK_ORDERING"},
       {2, "DMA_ATTR_WRITE_COMBINE"},
       {4, "DMA_ATTR_NO_KERNEL_MAPPING"},
       {5, "DMA_ATTR_SKIP_CPU_SYNC"},
       {6, "DMA_ATTR_FORCE_CONTIGUOUS"},
       {7, "DMA_ATTR_ALLOC_SINGLE_PAGES"},
       {8, "DMA_ATTR_NO_WARN"},
       {9, "DMA_ATTR_PRIVILEGED"}}};
  std::vector<std::string> parts;
  for (const auto& [bit, name] : kNames)
    if ((attrs >> bit & 1) != 0) {
      parts.emplace_back(name);
      attrs &= ~(std::uint64_t{1} << bit);
    }
  if (attrs != 0 || parts.empty()) parts.push_back(c_number(attrs));
  return fmt::format("{}", fmt::join(parts, " | "));
}

std::string c_errno(std::int64_t ret) {
  switch (ret) {
    case -5:
      return "-EIO";
    case -12:
      return "-ENOMEM";
    case -22:
      return "-EINVAL";
    case -121:
      return "-EREMOTEIO";
    default:
      return fmt::format("{}", ret);
  }
}

std::string c_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper || plain)
      out += static_cast<char>(upper ? c - 'A' + 'a' : c);
    else if (!out.empty() && out.back() != '_')
      out += '_';
  }
  while (out.ends_with('_')) out.pop_back();
  return out.empty() || (out.front() >= '0' && out.front() <= '9') ? "case_" + out : out;
}

}  // namespace sgproof::gate

// Internal: collects the mutants of one function, or of macros.
#pragma once

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "kernel-extract/hash.hpp"
#include "score/mutants.hpp"

namespace sgproof::score {

inline std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// Makes mutants of pieces of a file's text, each change once.
class Mutator {
 public:
  Mutator(std::string function, const std::string& source, std::string file)
      : function_(std::move(function)), source_(source), file_(std::move(file)) {}

  /// Identities count from here, so that they outlive changes elsewhere in the file.
  void begin_at(std::size_t origin) { origin_ = origin; }

  void harmless(const std::string& op, Span span, const std::string& text) {
    const std::size_t before = out.size();
    put(op, span, text);
    if (out.size() > before) out.back().harmless = true;
  }

  void put(const std::string& op, Span span, const std::string& text) {
    if (span.end > source_.size() || source_.compare(span.begin, span.size(), text) == 0) return;
    if (!seen_.insert({span.begin, span.end, text}).second) return;
    Mutant m;
    m.op = op;
    m.function = function_;
    m.file = file_;
    m.line =
        1 + static_cast<int>(std::count(
                source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(span.begin), '\n'));
    m.last_line = m.line + static_cast<int>(std::count(
                               source_.begin() + static_cast<std::ptrdiff_t>(span.begin),
                               source_.begin() + static_cast<std::ptrdiff_t>(span.end), '\n'));
    m.span = span;
    m.text = text;
    const auto line_begin = source_.rfind('\n', span.begin == 0 ? 0 : span.begin - 1);
    const auto from = line_begin == std::string::npos || span.begin == 0 ? 0 : line_begin + 1;
    const auto to = std::min(source_.find('\n', span.end), source_.size());
    m.before = one_line(source_.substr(from, to - from));
    m.after = one_line(source_.substr(from, span.begin - from) + text +
                       source_.substr(span.end, to - span.end));
    m.id = extract::Hasher()
               .field(file_)
               .field(function_)
               .number(span.begin - origin_)
               .number(span.size())
               .field(text)
               .field(m.before)
               .hex()
               .substr(0, 12);
    out.push_back(std::move(m));
  }

  [[nodiscard]] std::string text(Span span) const {
    return source_.substr(span.begin, span.size());
  }
  [[nodiscard]] const std::string& source() const { return source_; }
  std::vector<Mutant> out;

 private:
  static std::string one_line(const std::string& text) {
    return trimmed(std::regex_replace(text, std::regex("\\s*\\n\\s*"), " "));
  }
  std::string function_;
  const std::string& source_;
  std::string file_;
  std::size_t origin_ = 0;
  std::set<std::tuple<std::size_t, std::size_t, std::string>> seen_;
};

}  // namespace sgproof::score

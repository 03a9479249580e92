#include "kernel-extract/declarations.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <deque>
#include <set>
#include <string_view>
#include <utility>

#include "kernel-extract/hash.hpp"

namespace sgproof::extract {
namespace {

using Position = std::pair<int, int>;  // line, column

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c); });
}

int number(std::string_view text) {
  int out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// "12:3" as line and column.
std::optional<Position> position(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_number(text.substr(0, colon)) ||
      !is_number(text.substr(colon + 1)))
    return {};
  return Position{number(text.substr(0, colon)), number(text.substr(colon + 1))};
}

struct Token {
  Position at;
  std::string_view kind, spelling;
  bool starts_line = false;
};

bool is_blank(const Token& token) {
  return token.kind == "comment" ||
         (token.kind == "unknown" &&
          std::ranges::all_of(token.spelling, [](unsigned char c) { return std::isspace(c); }));
}

/// Each token ends with its place: "raw_identifier 'f'\t [StartOfLine]\tLoc=</src/a.c:1:2>".
std::vector<Token> read_tokens(const std::string& text, const std::string& path) {
  static constexpr std::string_view kEndOfSpelling = "'\t";
  const std::string place = "\tLoc=<" + path + ":";
  std::vector<Token> out;
  for (std::size_t begin = 0; begin < text.size();) {
    std::optional<Position> at;
    std::size_t found = begin, end = 0;
    // what looks like a place can be text of a comment: it is then no number
    for (; !at; ++found) {
      found = text.find(place, found);
      if (found == std::string::npos) return out;
      end = text.find(">\n", found);
      if (end == std::string::npos) return out;
      const auto from = found + place.size();
      at = position(std::string_view(text).substr(from, end - from));
    }
    const std::string_view entry(text.data() + begin, found - 1 - begin);
    const auto quote = entry.find('\'');
    const auto close = entry.rfind(kEndOfSpelling);
    if (quote != std::string_view::npos && close != std::string_view::npos && close > quote)
      out.push_back({*at, entry.substr(0, entry.find(' ')),
                     entry.substr(quote + 1, close - quote - 1),
                     entry.substr(close).find("[StartOfLine]") != std::string_view::npos});
    begin = end + 2;
  }
  return out;
}

/// A place in a dump of clang's syntax trees; what is as in the one before is left out there.
struct Place {
  std::string file;
  Position at;
};

/// Reads the place at the begin of `text` and drops it.
bool read_place(std::string_view& text, Place& place) {
  const auto drop = [&](std::size_t count) { text.remove_prefix(std::min(count, text.size())); };
  if (text.starts_with("<invalid sloc>")) {
    drop(std::string_view("<invalid sloc>").size());
    place = {};
    return true;
  }
  const auto end = text.find_first_of(",> ", text.starts_with('<') ? text.find('>') + 1 : 0);
  auto word = text.substr(0, end);
  drop(word.size());
  if (word.starts_with("col:")) {
    place.at.second = number(word.substr(4));
    return is_number(word.substr(4));
  }
  const bool same_file = word.starts_with("line:");
  const auto colon = word.rfind(':');
  const auto before = colon == std::string_view::npos ? colon : word.rfind(':', colon - 1);
  if (before == std::string_view::npos) return false;
  const auto at = position(word.substr(before + 1));
  if (!at) return false;
  if (!same_file) place.file = word.substr(0, before);
  place.at = *at;
  return true;
}

/// A declaration as clang-query prints it.
struct Found {
  std::string kind, name;
  Position first, last;
};

/// Of a function, variable or typedef the word before its type, of others the last one.
std::string name_in(std::string_view rest) {
  static const std::set<std::string_view> kNoNames = {"used",   "referenced", "implicit", "struct",
                                                      "union",  "definition", "invalid",  "enum",
                                                      "static", "inline"};
  const auto type = rest.find(" '");
  auto words = rest.substr(0, type);
  if (words.ends_with(" definition")) words.remove_suffix(std::string_view(" definition").size());
  const auto space = words.rfind(' ');
  const auto name = space == std::string_view::npos ? words : words.substr(space + 1);
  return kNoNames.contains(name) ? "" : std::string(name);
}

/// "FunctionDecl 0x1 prev 0x2 </src/a.c:1:1, line:3:1> line:1:5 used f 'int (void)'"; nothing where
/// no part of it is in the file.
std::optional<Found> read_match(std::string_view line, const std::string& path) {
  Found out;
  out.kind = line.substr(0, line.find(' '));
  const auto open = line.find(" <");
  if (open == std::string_view::npos) return {};
  line.remove_prefix(open + 2);
  Place place;
  if (!read_place(line, place)) return {};
  const auto begin = place;
  if (line.starts_with(", ")) {
    line.remove_prefix(2);
    if (!read_place(line, place)) return {};
  }
  const auto end = place;
  if (!line.starts_with("> ")) return {};
  line.remove_prefix(2);
  if (!read_place(line, place)) return {};
  if (line.starts_with(' ')) out.name = name_in(line.substr(1));
  if (end.file != path) return {};
  out.last = end.at;
  if (begin.file == path)
    out.first = begin.at;
  else if (place.file == path)
    out.first = {place.at.first, 1};  // it begins with an attribute that is a macro
  else
    return {};
  return out;
}

std::vector<Found> read_matches(const std::string& text, const std::string& path) {
  static constexpr std::string_view kRoot = "Binding for \"root\":\n";
  std::vector<Found> out;
  for (auto at = text.find(kRoot); at != std::string::npos; at = text.find(kRoot, at)) {
    at += kRoot.size();
    const auto end = std::min(text.find('\n', at), text.size());
    if (auto found = read_match(std::string_view(text).substr(at, end - at), path))
      out.push_back(std::move(*found));
  }
  return out;
}

/// Tokens of one declaration, from one index to before another.
using Range = std::pair<std::size_t, std::size_t>;

class File {
 public:
  explicit File(std::vector<Token> tokens) : tokens_(std::move(tokens)) { find_directives(); }

  void add(const Found& found) {
    const auto begin = std::ranges::lower_bound(tokens_, found.first, {}, &Token::at);
    const auto end = std::ranges::upper_bound(tokens_, found.last, {}, &Token::at);
    if (begin >= end) return;
    const Range range{begin - tokens_.begin(), end - tokens_.begin()};
    if (!found.name.empty()) {
      ranges_[found.name].insert(range);
      if (found.kind == "FunctionDecl") functions_[found.name] = begin->at.first;
    }
    if (found.kind == "EnumDecl") add_enumerators(range);
  }

  Declarations all() const {
    Declarations out;
    for (const auto& [name, ranges] : ranges_) {
      Hasher hasher;
      std::set<std::string> uses;
      for (const auto& range : ranges) hash(range, hasher, uses);
      // lines that are called otherwise: nothing is known of what belongs to what
      if (renumbered_) hash({0, tokens_.size()}, hasher, uses);
      uses.erase(name);
      const auto function = functions_.find(std::string(name));
      const int line =
          function != functions_.end() ? function->second : tokens_[ranges.begin()->first].at.first;
      out[name] = {line, function != functions_.end(), hasher.hex(), {uses.begin(), uses.end()}};
    }
    return out;
  }

  std::string hash() const {
    Hasher hasher;
    std::set<std::string> uses;
    hash({0, tokens_.size()}, hasher, uses);
    return hasher.hex();
  }

 private:
  /// Directives end with their line; those that define a macro are its declaration.
  void find_directives() {
    bool line_begins = true;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      line_begins |= tokens_[i].starts_line;
      if (is_blank(tokens_[i])) continue;
      if (!line_begins || tokens_[i].spelling != "#") {
        line_begins = false;
        continue;
      }
      std::size_t end = i + 1;
      while (end < tokens_.size() && !tokens_[end].starts_line) ++end;
      directive({i, end});
      i = end - 1;
      line_begins = false;
    }
  }

  void directive(const Range& range) {
    edges_.insert(range.first);
    edges_.insert(range.second);
    std::vector<std::string_view> words;
    for (auto i = range.first + 1; i < range.second && words.size() < 2; ++i)
      if (!is_blank(tokens_[i])) words.push_back(tokens_[i].spelling);
    if (words.empty()) return;
    renumbered_ |= words[0] == "line" || is_number(words[0]);
    if (words.size() == 2 && (words[0] == "define" || words[0] == "undef"))
      ranges_[std::string(words[1])].insert(range);
  }

  void add_enumerators(const Range& range) {
    std::string_view before;
    for (auto i = range.first; i < range.second; ++i) {
      if (is_blank(tokens_[i])) continue;
      if (tokens_[i].kind == "raw_identifier" && (before == "{" || before == ","))
        ranges_[std::string(tokens_[i].spelling)].insert(range);
      before = tokens_[i].spelling;
    }
  }

  void hash(const Range& range, Hasher& hasher, std::set<std::string>& uses) const {
    for (auto i = range.first; i < range.second; ++i) {
      if (i != range.first && edges_.contains(i))
        hasher.field("\n");  // where directives end matters
      if (is_blank(tokens_[i])) continue;
      hasher.field(tokens_[i].spelling);
      if (tokens_[i].kind != "raw_identifier") continue;
      if (auto name = std::string(tokens_[i].spelling); ranges_.contains(name))
        uses.insert(std::move(name));
    }
    hasher.field("");
  }

  std::vector<Token> tokens_;
  std::map<std::string, std::set<Range>> ranges_;
  std::map<std::string, int> functions_;  // line
  std::set<std::size_t> edges_;           // of directives
  bool renumbered_ = false;
};

}  // namespace

Declarations read_declarations(const std::string& matches, const std::string& tokens,
                               const std::string& path) {
  File file(read_tokens(tokens, path));
  for (const Found& found : read_matches(matches, path)) file.add(found);
  return file.all();
}

std::string hash_tokens(const std::string& tokens, const std::string& path) {
  return File(read_tokens(tokens, path)).hash();
}

std::optional<Code> code_of(const Declarations& file, const std::string& function) {
  const auto start = file.find(function);
  if (start == file.end() || !start->second.function) return {};
  Code out{start->second.line, {}, {*start}};
  std::deque<std::string> work(start->second.uses.begin(), start->second.uses.end());
  for (; !work.empty(); work.pop_front()) {
    const auto used = file.find(work.front());
    if (used == file.end() || !out.parts.insert(*used).second) continue;
    work.insert(work.end(), used->second.uses.begin(), used->second.uses.end());
  }
  Hasher hasher;
  for (const auto& [name, part] : out.parts) hasher.field(name).field(part.hash);
  out.hash = hasher.hex();
  return out;
}

}  // namespace sgproof::extract

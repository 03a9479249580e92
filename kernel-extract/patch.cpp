#include "kernel-extract/patch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <regex>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/mail.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace {

Error corrupt(const std::string& what, const std::string& file, int line) {
  return Error(ErrorKind::Input, id::kPatchCorrupt, "series",
               fmt::format("{}:{}: {}", file, line, what))
      .at(file, line)
      .hint("get the patch again; it must be as `git format-patch` or `diff -u` wrote it");
}

/// A path as git may quote it ("a/\303\266.c"); plain names are returned as they are.
std::string unquote(std::string_view text) {
  if (!text.starts_with('"')) {
    const auto tab = text.find('\t');  // a time stamp may follow
    return std::string(text.substr(0, tab));
  }
  std::string out;
  for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c >= '0' && c <= '7') {
      int value = 0;
      std::size_t used = 0;
      for (; used < 3 && i + used < text.size() && text[i + used] >= '0' && text[i + used] <= '7';
           ++used)
        value = value * 8 + (text[i + used] - '0');
      i += used - 1;
      out += static_cast<char>(value);
    } else {
      static const std::map<char, char> kEscapes{{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'a', '\a'},
                                                 {'b', '\b'}, {'f', '\f'}, {'v', '\v'}};
      const auto known = kEscapes.find(c);
      out += known == kEscapes.end() ? c : known->second;
    }
  }
  return out;
}

struct Hunk {
  int old_count = 1;
  int new_count = 1;
};

std::optional<Hunk> parse_hunk(std::string_view line) {
  static const std::regex pattern("@@ -[0-9]+(?:,([0-9]+))? \\+[0-9]+(?:,([0-9]+))? @@.*");
  std::match_results<std::string_view::const_iterator> match;
  if (!std::regex_match(line.begin(), line.end(), match, pattern)) return std::nullopt;
  Hunk out;
  const auto number = [](const auto& group, int& value) {
    if (!group.matched) return;
    const auto text = group.str();
    std::from_chars(text.data(), text.data() + text.size(), value);
  };
  number(match[1], out.old_count);
  number(match[2], out.new_count);
  return out;
}

/// Walks over the lines of one mail's body.
class DiffParser {
 public:
  DiffParser(const Mail& mail, const std::string& file, int strip)
      : mail_(mail), file_(file), strip_(strip) {
    std::string_view rest = mail.body;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      lines_.push_back(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }

  /// The patch of this mail, if it has a diff.
  std::optional<Patch> parse() {
    Patch out;
    std::optional<std::size_t> first;
    while (i_ < lines_.size()) {
      const auto begin = i_;
      if (lines_[i_].starts_with("diff --git ")) {
        out.files.push_back(git_file());
      } else if (traditional_header()) {
        out.files.push_back(traditional_file());
      } else {
        if (lines_[i_].starts_with("GIT binary patch") || lines_[i_].starts_with("Binary files "))
          throw binary();
        if (parse_hunk(lines_[i_])) throw corrupt("a hunk without a file header", file_, number());
        ++i_;
        continue;
      }
      if (!first) first = begin;
    }
    if (!first) return std::nullopt;
    out.file = file_;
    out.line = mail_.line;
    out.strip = strip_;
    out.diff_line = mail_.body_line + static_cast<int>(*first);
    for (auto k = *first; k < lines_.size(); ++k) (out.diff += lines_[k]) += '\n';
    check_complete(out, *first);
    return out;
  }

 private:
  [[nodiscard]] int number(std::size_t offset = 0) const {
    return mail_.body_line + static_cast<int>(i_ + offset);
  }
  [[nodiscard]] std::string path(std::string_view raw) const {
    const auto name = unquote(raw);
    return name == "/dev/null" ? "" : checked_path(name, strip_, file_, number());
  }
  [[nodiscard]] Error binary() const {
    return Error(ErrorKind::Input, id::kBinaryPatch, "series",
                 fmt::format("{}:{}: binary patches are not read", file_, number()))
        .at(file_, number())
        .hint("leave binary files out of the series");
  }
  [[nodiscard]] bool traditional_header() const {
    return i_ + 2 < lines_.size() && lines_[i_].starts_with("--- ") &&
           lines_[i_ + 1].starts_with("+++ ") && lines_[i_ + 2].starts_with("@@ -");
  }

  /// "diff --git a/X b/X": both names are equal unless renamed, which says so in lines of its own.
  FilePatch git_file() {
    FilePatch out;
    out.line = number();
    const auto names = lines_[i_].substr(11);
    if (names.starts_with('"')) {
      out.old_path = path(names);
    } else {
      const auto middle = names.find(" b/");
      out.old_path =
          path(names.substr(0, middle == std::string_view::npos ? names.find(' ') : middle));
    }
    out.new_path = out.old_path;
    ++i_;
    bool symlink = false;
    bool has_effect = false;  // without any hunk
    bool needs_hunk = false;
    const auto without_hunks = [&] {
      if (!has_effect || needs_hunk || (i_ >= lines_.size() && !mail_.ends_with_newline))
        throw corrupt(fmt::format("the patch is cut: no hunk for {}",
                                  out.new_path.empty() ? out.old_path : out.new_path),
                      file_,
                      std::min(number(), mail_.body_line + static_cast<int>(lines_.size()) - 1));
      return out;
    };
    for (; i_ < lines_.size(); ++i_) {
      const auto line = lines_[i_];
      for (const char* effect :
           {"rename to ", "copy to ", "new mode ", "new file mode ", "deleted file mode "})
        has_effect = has_effect || line.starts_with(effect);
      if (line.starts_with("index "))
        needs_hunk = line.find("e69de29") == std::string_view::npos;  // the empty file
      if (line.starts_with("rename from ") || line.starts_with("copy from ")) {
        out.old_path =
            checked_path(unquote(line.substr(line.find("from ") + 5)), 0, file_, number());
      } else if (line.starts_with("rename to ") || line.starts_with("copy to ")) {
        out.new_path = checked_path(unquote(line.substr(line.find("to ") + 3)), 0, file_, number());
      } else if (line.starts_with("new file mode ") || line.starts_with("new mode ")) {
        if (line.ends_with("160000"))
          throw corrupt("a submodule cannot be patched", file_, number());
        symlink = line.ends_with("120000");
        if (line.starts_with("new file")) out.old_path.clear();
      } else if (line.starts_with("deleted file mode ")) {
        out.new_path.clear();
      } else if (line.starts_with("GIT binary patch") || line.starts_with("Binary files ")) {
        throw binary();
      } else if (line.starts_with("--- ")) {
        break;
      } else if (!line.starts_with("old mode ") && !line.starts_with("index ") &&
                 !line.starts_with("similarity ") && !line.starts_with("dissimilarity ")) {
        return without_hunks();
      }
    }
    if (i_ >= lines_.size()) return without_hunks();
    const auto old_name = path(lines_[i_].substr(4));
    ++i_;
    if (i_ >= lines_.size() || !lines_[i_].starts_with("+++ "))
      throw corrupt("'+++' line expected", file_, number());
    const auto new_name = path(lines_[i_].substr(4));
    ++i_;
    out.old_path = old_name;
    out.new_path = new_name;
    hunks(out, symlink);
    return out;
  }

  FilePatch traditional_file() {
    FilePatch out;
    out.line = number();
    out.old_path = path(lines_[i_].substr(4));
    ++i_;
    out.new_path = path(lines_[i_].substr(4));
    ++i_;
    hunks(out, false);
    return out;
  }

  void hunks(FilePatch& out, bool symlink) {
    bool any = false;
    while (i_ < lines_.size()) {
      const auto hunk = parse_hunk(lines_[i_]);
      if (!hunk) break;
      any = true;
      ++i_;
      hunk_body(*hunk, out, symlink);
    }
    if (!any)
      throw corrupt(
          fmt::format("no hunk for {}", out.new_path.empty() ? out.old_path : out.new_path), file_,
          number());
    if (i_ >= lines_.size()) return;
    const auto line = lines_[i_];
    const bool signature = line == "-- " || line == "--" || line.starts_with("--- ");
    if (line.starts_with("@@")) throw corrupt("malformed hunk header", file_, number());
    if (!line.empty() && (line[0] == '+' || line[0] == ' ' || (line[0] == '-' && !signature)))
      throw corrupt("the hunk is longer than its header says", file_, number());
  }

  void hunk_body(Hunk left, FilePatch& out, bool symlink) {
    const int begin = number() - 1;
    while (left.old_count > 0 || left.new_count > 0) {
      if (i_ >= lines_.size())
        throw corrupt(
            fmt::format("the patch is cut: the hunk of line {} is shorter than its header says",
                        begin),
            file_, number() - 1);
      const auto line = lines_[i_];
      const char kind = line.empty() ? ' ' : line[0];
      if (kind == ' ') {
        --left.old_count, --left.new_count;
      } else if (kind == '-') {
        --left.old_count, ++out.deletions;
      } else if (kind == '+') {
        --left.new_count, ++out.insertions;
        if (symlink) check_link(line.substr(1), out);
      } else if (kind != '\\') {
        throw corrupt(fmt::format("the hunk of line {} is shorter than its header says", begin),
                      file_, number());
      }
      if (left.old_count < 0 || left.new_count < 0)
        throw corrupt(
            fmt::format("the hunk of line {} does not have the line counts of its header", begin),
            file_, number());
      ++i_;
      if (i_ == lines_.size() && !mail_.ends_with_newline)
        throw corrupt("the patch is cut in the middle of a line", file_, number());
    }
    if (i_ < lines_.size() && lines_[i_].starts_with("\\ ")) ++i_;
  }

  /// A new symbolic link must point into the tree.
  void check_link(std::string_view target, const FilePatch& out) const {
    int depth = static_cast<int>(std::count(out.new_path.begin(), out.new_path.end(), '/'));
    bool outside = target.starts_with('/');
    for (std::string_view rest = target; !rest.empty() && !outside;) {
      const auto part = rest.substr(0, rest.find('/'));
      if (part == "..")
        outside = --depth < 0;
      else if (!part.empty() && part != ".")
        ++depth;
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    }
    if (outside)
      throw Error(ErrorKind::Input, id::kPathEscape, "series",
                  fmt::format("{}:{}: the symbolic link {} points outside the tree", file_,
                              number(), out.new_path))
          .at(file_, number());
  }

  /// Signs that a mail was cut between two hunks or files: its diffstat counts more.
  void check_complete(const Patch& patch, std::size_t first) const {
    static const std::regex stat(
        " ([0-9]+) files? changed(?:, ([0-9]+) insertions?\\(\\+\\))?(?:, ([0-9]+) "
        "deletions?\\(-\\))?");
    std::smatch match;
    std::string found;
    for (std::size_t k = 0; k < first; ++k) {
      const std::string line(lines_[k]);
      if (std::regex_match(line, match, stat)) found = line;
    }
    if (found.empty() || !std::regex_match(found, match, stat)) return;
    const auto value = [&](std::size_t group) {
      return match[group].matched ? std::stol(match[group].str()) : 0L;
    };
    long insertions = 0;
    long deletions = 0;
    for (const auto& f : patch.files) insertions += f.insertions, deletions += f.deletions;
    const bool files_missing = static_cast<long>(patch.files.size()) < value(1);
    const bool signature =
        std::any_of(lines_.begin() + static_cast<std::ptrdiff_t>(first), lines_.end(),
                    [](std::string_view line) { return line == "-- " || line == "--"; });
    const bool lines_missing = mail_.format_patch && !signature && insertions <= value(2) &&
                               deletions <= value(3) &&
                               insertions + deletions < value(2) + value(3);
    if (files_missing || lines_missing)
      throw corrupt(
          fmt::format(
              "the patch is cut: it says '{}', but has {} file(s), {} insertion(s), {} deletion(s)",
              found.substr(1), patch.files.size(), insertions, deletions),
          file_, mail_.body_line + static_cast<int>(lines_.size()) - 1);
  }

  const Mail& mail_;
  const std::string& file_;
  int strip_;
  std::vector<std::string_view> lines_;
  std::size_t i_ = 0;
};

/// The numbers of "[PATCH v2 03/11]".
std::optional<std::pair<int, int>> numbering(const std::string& subject) {
  static const std::regex pattern("^\\[[^\\]]*?([0-9]+)/([0-9]+)[^\\]]*\\].*");
  std::smatch match;
  if (!std::regex_match(subject, match, pattern)) return std::nullopt;
  return std::pair{std::stoi(match[1].str()), std::stoi(match[2].str())};
}

/// Orders a numbered series and refuses one with gaps or doubles.
void check_numbering(std::vector<std::pair<int, Patch>>& numbered, int total,
                     const std::string& file) {
  std::sort(numbered.begin(), numbered.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t k = 0; k < numbered.size(); ++k) {
    const int expected = static_cast<int>(k) + 1;
    if (numbered[k].first == expected) continue;
    const int line = numbered[k].second.line;
    if (numbered[k].first < expected)
      throw corrupt(fmt::format("patch {}/{} is there twice", numbered[k].first, total), file,
                    line);
    throw corrupt(fmt::format("patch {}/{} is missing", expected, total), file, line);
  }
  if (static_cast<int>(numbered.size()) < total)
    throw corrupt(
        fmt::format("the mbox is cut: patch {}/{} is missing", numbered.size() + 1, total), file,
        numbered.back().second.line);
}

}  // namespace

std::string checked_path(const std::string& raw, int strip, const std::string& file, int line) {
  const auto escape = [&] {
    return Error(ErrorKind::Input, id::kPathEscape, "series",
                 fmt::format("{}:{}: the path '{}' is not inside the tree", file, line, raw))
        .at(file, line)
        .hint("a patch may only name files below the top of the tree");
  };
  if (raw.starts_with('/')) throw escape();
  std::string rest = raw;
  for (int k = 0; k < strip; ++k) {
    const auto slash = rest.find('/');
    if (slash == std::string::npos)
      throw corrupt(
          fmt::format("the path '{}' has fewer than {} component(s) to strip", raw, strip), file,
          line);
    if (rest.substr(0, slash) == "..") throw escape();
    rest = rest.substr(slash + 1);
  }
  for (std::size_t begin = 0; begin <= rest.size();) {
    const auto end = std::min(rest.find('/', begin), rest.size());
    auto part = rest.substr(begin, end - begin);
    std::transform(part.begin(), part.end(), part.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const bool control = std::any_of(part.begin(), part.end(),
                                     [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (part.empty() || part == "." || part == ".." || part == ".git" || control) throw escape();
    begin = end + 1;
  }
  return rest;
}

std::vector<Patch> parse_patches(const std::string& content, const std::string& file, int strip) {
  if (content.find('\0') != std::string::npos)
    throw Error(ErrorKind::Input, id::kBinaryPatch, "series",
                fmt::format("{} is not a text file", file))
        .at(file);
  std::vector<Patch> out;
  std::vector<std::pair<int, Patch>> numbered;
  int total = 0;
  for (const auto& mail : split_mails(content, file)) {
    auto patch = DiffParser(mail, file, strip).parse();
    const auto numbers = numbering(mail.subject);
    if (!patch) {
      if (numbers && numbers->first > 0 && mail.subject.starts_with("["))
        throw corrupt(fmt::format("the mail '{}' has no diff: it is cut", mail.subject), file,
                      mail.line);
      continue;
    }
    patch->name = mail.subject.empty() ? file.substr(file.rfind('/') + 1) : mail.subject;
    if (numbers && numbers->first > 0) {
      numbered.emplace_back(numbers->first, *patch);
      total = std::max(total, numbers->second);
    }
    out.push_back(std::move(*patch));
  }
  // A single numbered patch in a file of its own ("0003-x.patch") was picked on purpose; the first
  // of several alone in an mbox is what is left when the others were cut off.
  const bool own_file = file.ends_with(".patch") || file.ends_with(".diff");
  const bool alone = numbered.size() == 1 && (own_file || numbered[0].first != 1);
  if (!numbered.empty() && !alone && numbered.size() == out.size()) {
    check_numbering(numbered, total, file);
    out.clear();
    for (auto& [n, patch] : numbered) out.push_back(std::move(patch));
  }
  return out;
}

}  // namespace sgproof::extract

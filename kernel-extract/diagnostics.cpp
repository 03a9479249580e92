#include "kernel-extract/diagnostics.hpp"

#include <fmt/format.h>

#include <regex>
#include <sstream>

#include "kernel-extract/error_ids.hpp"

namespace sgproof::extract {
namespace {

/// "file:line:column: error: message", the first in the text.
struct Diagnostic {
  std::string file;
  int line = 0;
  std::string message;
};

bool first_error(const std::string& text, Diagnostic& out) {
  static const std::regex pattern("([^ :][^:]*):([0-9]+):(?:[0-9]+:)? (?:fatal )?error: (.*)");
  std::istringstream lines(text);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_match(line, match, pattern)) continue;
    out = {match[1], std::stoi(match[2]), match[3]};
    return true;
  }
  return false;
}

std::string tail(const std::string& text, std::size_t max) {
  if (text.size() <= max) return text;
  const auto start = text.find('\n', text.size() - max);
  return start == std::string::npos ? text.substr(text.size() - max) : text.substr(start + 1);
}

}  // namespace

std::string relative_paths(std::string text) {
  for (std::size_t at = 0; (at = text.find("/src/", at)) != std::string::npos;) {
    const bool begins =
        at == 0 || std::string_view(" \n\t'\"(=:").find(text[at - 1]) != std::string_view::npos;
    if (begins)
      text.erase(at, 5);
    else
      at += 5;
  }
  return text;
}

Error compile_error(const std::string& what, const std::string& err) {
  Diagnostic found;
  if (!first_error(err, found))
    return Error(ErrorKind::Input, id::kCompile, "compile",
                 fmt::format("{} does not compile: {}", what, tail(relative_paths(err), 2000)));
  const bool ours = found.file.starts_with("/sgp/") || found.file.starts_with("/build/sgp/");
  const auto file = relative_paths(found.file);
  if (ours)
    return Error(ErrorKind::Unsupported, id::kHarness, "compile",
                 fmt::format("our harness does not fit this tree: {}:{}: {}", file, found.line,
                             found.message))
        .at(file, found.line)
        .hint(relative_paths(err).substr(0, 4000));
  return Error(ErrorKind::Input, id::kCompile, "compile",
               fmt::format("{}:{}: {}", file, found.line, found.message))
      .at(file, found.line)
      .hint(relative_paths(err).substr(0, 4000));
}

Error make_error(const char* id, const std::string& stage, const ProcessResult& result) {
  const auto all = result.err + "\n" + result.out;
  Diagnostic found;
  if (first_error(all, found)) return compile_error(found.file, all);
  // "/src/kernel/dma/Kconfig:12: syntax error", "/src/Makefile:3: *** missing separator.  Stop."
  static const std::regex place(
      "(?:^|\n)(?:make[^:]*: )?(?:\\*\\*\\* "
      ")?([A-Za-z0-9_./-]*(?:Kconfig|Makefile|Kbuild|scripts)[A-Za-z0-9_./-]*):([0-9]+): ([^\n]*)");
  std::smatch match;
  const auto text = relative_paths(all);
  if (std::regex_search(text, match, place))
    return Error(ErrorKind::Input, id, stage,
                 fmt::format("{}:{}: {}", match[1].str(), match[2].str(), match[3].str()))
        .at(match[1], std::stoi(match[2]))
        .hint(tail(text, 2000));
  return Error(
      ErrorKind::Input, id, stage,
      fmt::format("the kernel's make failed ({}): {}",
                  result.signal != 0 ? fmt::format("signal {}", result.signal)
                                     : fmt::format("exit code {}", result.exit_code),
                  tail(relative_paths(result.err.empty() ? result.out : result.err), 2000)));
}

}  // namespace sgproof::extract

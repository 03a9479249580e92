#include "kernel-extract/compile_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "kernel-extract/error_ids.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace {

Error unusable(const std::string& why) {
  return Error(ErrorKind::Unsupported, id::kPrepare, "prepare",
               "the kernel's compile command cannot be used: " + why)
      .at("kernel/dma/direct.ll")
      .hint("sgproof reads what `make LLVM=-19 kernel/dma/direct.ll` runs");
}

std::string replace_all(const std::string& text, const std::string& from, char to) {
  std::string out;
  for (std::size_t begin = 0;;) {
    const auto at = text.find(from, begin);
    out += text.substr(begin, at - begin);
    if (at == std::string::npos) return out;
    out += to;
    begin = at + from.size();
  }
}

/// Splits a command as a shell does, for the quoting that Kbuild uses.
std::vector<std::string> shell_words(const std::string& text) {
  std::vector<std::string> out;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else if (c == '\\' && quote == '"' && i + 1 < text.size())
        word += text[++i];
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '\\' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (in_word) out.push_back(word);
      word.clear();
      in_word = false;
    } else if (c == ';' || c == '|' || c == '&' || c == '<' || c == '>' || c == '`' || c == '$') {
      throw unusable(fmt::format("it has a '{}'", c));
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) out.push_back(word);
  return out;
}

std::string stem(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  return name.substr(0, name.rfind('.'));
}

/// The file's name as a token of C: what scripts/Makefile.lib calls name-fix-token.
std::string token_of(const std::string& source) {
  auto name = stem(source);
  std::ranges::replace_if(name, [](char c) { return c == '-' || c == ','; }, '_');
  return name;
}

/// The kernel's flags for a unit; `included` keeps the files that its command includes.
std::vector<std::string> flags_for(const std::vector<std::string>& kernel,
                                   const std::string& source, const std::string& dependencies,
                                   bool included) {
  const auto dropped = [](const std::string& word) {
    for (const char* prefix : {"-Wp,-M", "-DKBUILD_MODFILE=", "-DKBUILD_BASENAME=",
                               "-DKBUILD_MODNAME=", "-D__KBUILD_MODNAME=", "-D__KBUILD_BASENAME=",
                               "-fno-discard-value-names", "-Wframe-larger-than="})
      if (word.starts_with(prefix)) return true;
    return word == "-emit-llvm" || word == "-S" || word == "-c" ||
           (word.starts_with("-O") && word.size() <= 3) ||
           (word.starts_with("-g") && !word.starts_with("-gn")) ||
           word == "/src/kernel/dma/direct.c";
  };
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    if (kernel[i] == "-o" || (kernel[i] == "-include" && !included)) {
      ++i;
    } else if (!dropped(kernel[i])) {
      out.push_back(kernel[i]);
    }
  }
  const auto name = token_of(source);
  out.insert(
      out.end(),
      {"-O1", "-Xclang", "-disable-llvm-passes", "-g1", "-fdiscard-value-names",
       "-fdebug-prefix-map=/src/=", "-fno-color-diagnostics", "-I/src", "-I/src/kernel/dma",
       "-I/src/drivers/pci", "-I/sgp", "-I/build/sgp",
       fmt::format("-DKBUILD_MODFILE=\"sgp/{}\"", stem(source)),
       fmt::format("-DKBUILD_BASENAME=\"{}\"", name), fmt::format("-DKBUILD_MODNAME=\"{}\"", name),
       fmt::format("-D__KBUILD_MODNAME=kmod_{}", name), "-Wp,-MMD," + dependencies});
  return out;
}

}  // namespace

std::vector<std::string> parse_cmd_file(const std::string& content) {
  auto line = content.substr(0, content.find('\n'));
  const auto assign = line.find(" := ");
  if (assign == std::string::npos || line.find("cmd_") == std::string::npos)
    throw unusable("its .cmd file has no command");
  line = replace_all(replace_all(line.substr(assign + 4), "$(pound)", '#'), "$$", '$');
  auto words = shell_words(line);
  if (words.empty() || stem(words[0] + ".").rfind("clang", 0) != 0)
    throw unusable("it is not clang");
  for (const auto& word : words)
    if (word.starts_with("-fplugin") || word.starts_with("-fpass-plugin") ||
        word.starts_with("@") || word == "-load")
      throw unusable("it has " + word);
  return words;
}

std::vector<std::string> unit_command(const std::vector<std::string>& kernel,
                                      const std::string& source, const std::string& output,
                                      const std::string& dependencies,
                                      const std::string& precompiled) {
  auto out = flags_for(kernel, source, dependencies, precompiled.empty());
  if (!precompiled.empty()) out.insert(out.end(), {"-include-pch", precompiled});
  out.insert(out.end(), {"-emit-llvm", "-c", "-o", output, source});
  return out;
}

std::vector<std::string> preamble_command(const std::vector<std::string>& kernel,
                                          const std::string& source, const std::string& header,
                                          const std::string& output,
                                          const std::string& dependencies) {
  auto out = flags_for(kernel, source, dependencies, true);
  out.insert(out.end(), {"-x", "c-header", "-o", output, header});
  return out;
}

std::vector<std::string> parse_dependencies(const std::string& content) {
  std::vector<std::string> out;
  const auto colon = content.find(": ");
  std::string word;
  for (std::size_t i = colon == std::string::npos ? content.size() : colon + 1; i <= content.size();
       ++i) {
    const char c = i < content.size() ? content[i] : ' ';
    if (c == '\\' && i + 1 < content.size() && content[i + 1] == '\n') continue;
    if (c == '\\' && i + 1 < content.size()) {
      word += content[++i];
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace sgproof::extract

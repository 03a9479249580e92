// What a C file declares at its top level, by name, as clang sees it; and the code that a function
// has in its file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sgproof::extract {

/// A function, variable, type or macro of a file. The tokens are those of the source: what the
/// preprocessor leaves out of a function's body is part of them, comments and layout are not.
struct Declaration {
  int line = 0;                   ///< where it begins
  bool function = false;          ///< a function with its body
  std::string hash;               ///< of its tokens
  std::vector<std::string> uses;  ///< other declarations of the file that its tokens name, sorted
  auto operator<=>(const Declaration&) const = default;
};

/// By name. What has one name (a structure and a function, a macro that is defined twice) is one.
using Declarations = std::map<std::string, Declaration>;

/// Put together from what clang's programs say of the file `path`: `matches` is what clang-query
/// prints of its top-level declarations ("set output dump"), `tokens` what `clang -cc1
/// -dump-raw-tokens` does. A function that a macro of the same file makes is where the macro has
/// its text. What another file's macro makes (DEFINE_MUTEX()) is left out.
[[nodiscard]] Declarations read_declarations(const std::string& matches, const std::string& tokens,
                                             const std::string& path);

/// All tokens of a file, for what has no declarations (assembly).
[[nodiscard]] std::string hash_tokens(const std::string& tokens, const std::string& path);

/// A function with everything of its file that it names, directly or through others.
struct Code {
  int line = 0;
  std::string hash;    ///< of the parts, each by its name and tokens, wherever they stand
  Declarations parts;  ///< itself too
};

/// Nothing where the file has no function of that name.
[[nodiscard]] std::optional<Code> code_of(const Declarations& file, const std::string& function);

}  // namespace sgproof::extract

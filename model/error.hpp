// The two kinds of error of sgproof: the user's input is wrong, or we do not support this.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace sgproof {

/// Whose move it is after an error.
enum class ErrorKind : std::uint8_t {
  Input,        ///< the tree, the series or an option is wrong: exit code 2
  Unsupported,  ///< legal input that we cannot judge: inconclusive, exit code 3
  Environment,  ///< full disk, missing tool, killed child: inconclusive, exit code 3
};

/// An error with a stable identifier (`SGP-E…`, listed in docs/errors.md) that says what was being
/// done (`stage`), with which input (`file`, `line`), and what to do next (`hint`).
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string id, std::string stage, const std::string& message)
      : std::runtime_error(message), kind_(kind), id_(std::move(id)), stage_(std::move(stage)) {}

  /// Names the place of the input that is wrong; `line` 0 means the whole file.
  Error&& at(std::string file, int line = 0) && {
    file_ = std::move(file);
    line_ = line;
    return std::move(*this);
  }
  Error&& hint(std::string hint) && {
    hint_ = std::move(hint);
    return std::move(*this);
  }

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& stage() const { return stage_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] int line() const { return line_; }
  [[nodiscard]] const std::string& hint_text() const { return hint_; }

 private:
  ErrorKind kind_;
  std::string id_;
  std::string stage_;
  std::string file_;
  int line_ = 0;
  std::string hint_;
};

}  // namespace sgproof

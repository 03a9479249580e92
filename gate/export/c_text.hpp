// C in the kernel's style: tabs, 80 columns, arguments aligned with the parenthesis.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sgproof::gate {

class CText {
 public:
  /// One line, `indent` tabs deep, as it is.
  void line(unsigned indent, std::string_view text);
  void blank() { text_ += '\n'; }
  /// Lines that are C already.
  void block(std::string_view text) { text_ += text; }
  /// A comment; paragraphs become a block.
  void comment(unsigned indent, const std::vector<std::string>& paragraphs);
  /// `head(arguments)tail`, wrapped between arguments.
  void call(unsigned indent, std::string_view head, const std::vector<std::string>& arguments,
            std::string_view tail = ";");

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// 0 to 9 as they are, else hexadecimal.
[[nodiscard]] std::string c_number(std::uint64_t value);
/// The same with ULL.
[[nodiscard]] std::string c_wide(std::uint64_t value);
[[nodiscard]] std::string c_direction(std::uint64_t dir);
/// DMA_ATTR_… names, "0" for none.
[[nodiscard]] std::string c_attributes(std::uint64_t attrs);
/// "-EIO" for -5, the number for what has no name here.
[[nodiscard]] std::string c_errno(std::int64_t ret);
/// Lower case letters, digits and '_': a name for functions.
[[nodiscard]] std::string c_name(std::string_view text);

}  // namespace sgproof::gate

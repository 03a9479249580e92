// Splits an mbox into mails and decodes their bodies.
#pragma once

#include <string>
#include <vector>

namespace sgproof::extract {

/// One mail of an mbox, or a whole patch file that is no mail.
struct Mail {
  std::string subject;        ///< unfolded; empty when the file is no mail
  std::string body;           ///< decoded, lines end in '\n'
  int line = 1;               ///< of the mail's first line, in the file
  int body_line = 1;          ///< of the body's first line, in the file
  bool format_patch = false;  ///< begins with "From <commit>", as git format-patch writes
  bool ends_with_newline = true;
};

/// Splits the content. Throws Error(Input, SGP-E0112) for encodings that are not read.
[[nodiscard]] std::vector<Mail> split_mails(const std::string& content, const std::string& file);

}  // namespace sgproof::extract

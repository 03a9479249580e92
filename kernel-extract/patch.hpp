// Reads patches with care: mbox and plain, git's and traditional headers. Nothing is applied here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sgproof::extract {

/// What a patch does to one file. Paths are relative to the tree; empty stands for /dev/null.
struct FilePatch {
  std::string old_path;
  std::string new_path;
  int line = 0;  ///< of the header, in the patch file
  int insertions = 0;
  int deletions = 0;
};

/// One patch: one mail of an mbox, or one file.
struct Patch {
  std::string name;   ///< how it is called in messages: its subject, else its file name
  std::string file;   ///< the file that it was read from
  int line = 1;       ///< where it begins in that file
  int strip = 1;      ///< leading path components to remove, as `patch -p`
  std::string diff;   ///< the part that git applies
  int diff_line = 1;  ///< where that part begins in the file
  std::vector<FilePatch> files;
};

/// Parses the content of a patch file or mbox; mails without a diff (cover letter, replies) are
/// left out. `file` is used in messages. Throws Error(Input), with file and line: SGP-E0112 cut or
/// malformed (a hunk shorter or longer than its header says, a mail cut off, a gap in the
/// numbering), SGP-E0113 a path outside the tree, SGP-E0114 binary.
[[nodiscard]] std::vector<Patch> parse_patches(const std::string& content, const std::string& file,
                                               int strip = 1);

/// The path after removing `strip` components; throws SGP-E0113 for one that leaves the tree or
/// enters .git, SGP-E0112 when nothing remains.
[[nodiscard]] std::string checked_path(const std::string& raw, int strip, const std::string& file,
                                       int line);

}  // namespace sgproof::extract

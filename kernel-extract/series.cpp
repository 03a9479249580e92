#include "kernel-extract/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/git.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
namespace {

Error empty_series(const std::string& spec, const std::string& why) {
  return Error(ErrorKind::Input, id::kSeriesEmpty, "series",
               fmt::format("the series {} is empty: {}", spec, why))
      .at(spec)
      .hint("leave --series away to check the tree itself");
}

std::string identify(const std::vector<Patch>& patches) {
  Hasher hasher;
  for (const auto& patch : patches)
    hasher.number(static_cast<std::uint64_t>(patch.strip)).field(patch.diff);
  return hasher.hex();
}

void append(std::vector<Patch>& to, std::vector<Patch> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<Patch> read_patch_file(const stdfs::path& file, int strip) {
  auto patches = parse_patches(read_file(file), file.string(), strip);
  if (patches.empty()) throw empty_series(file.string(), "no diff in it");
  return patches;
}

/// The patches that a quilt `series` file lists: a name, perhaps -pN, perhaps a comment.
std::vector<Patch> read_quilt(const stdfs::path& dir) {
  const auto list = dir / "series";
  std::vector<Patch> out;
  std::istringstream lines(read_file(list));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name;
    if (!(words >> name)) continue;
    int strip = 1;
    for (std::string option; words >> option;)
      if (option.starts_with("-p"))
        std::from_chars(option.data() + 2, option.data() + option.size(), strip);
    const auto relative = stdfs::path(name).lexically_normal();
    if (relative.is_absolute() || *relative.begin() == "..")
      throw Error(
          ErrorKind::Input, id::kPathEscape, "series",
          fmt::format("{}:{}: '{}' is not inside the directory", list.string(), number, name))
          .at(list.string(), number);
    if (kind_of(dir / relative) != FileKind::Regular)
      throw Error(ErrorKind::Input, id::kSeriesMissing, "series",
                  fmt::format("{}:{}: there is no patch '{}'", list.string(), number, name))
          .at(list.string(), number);
    append(out, read_patch_file(dir / relative, strip));
  }
  return out;
}

std::vector<Patch> read_directory(const stdfs::path& dir) {
  if (kind_of(dir / "series") == FileKind::Regular) return read_quilt(dir);
  std::vector<stdfs::path> files;
  for (const auto& entry : stdfs::directory_iterator(dir))
    if (entry.path().extension() == ".patch" && entry.is_regular_file())
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Patch> out;
  for (const auto& file : files) {
    // The cover letter of git format-patch has no diff.
    if (file.filename().string().starts_with("0000-") &&
        parse_patches(read_file(file), file.string()).empty())
      continue;
    append(out, read_patch_file(file, 1));
  }
  return out;
}

}  // namespace

bool is_git_range(const std::string& spec) {
  return spec.find("..") != std::string::npos && kind_of(spec) == FileKind::Absent &&
         !spec.starts_with("-") && !spec.starts_with("../") && !spec.starts_with("./");
}

Series read_series(const std::string& spec) {
  std::error_code error;
  const auto status = stdfs::status(spec, error);
  Series out;
  out.description = spec;
  if (spec.empty() || !stdfs::exists(status))
    throw Error(ErrorKind::Input, id::kSeriesMissing, "series",
                fmt::format("there is no series at '{}'", spec))
        .at(spec)
        .hint(
            "give an mbox, a patch, a directory of patches, or a git range when the tree is a "
            "repository");
  if (stdfs::is_directory(status)) {
    out.patches = read_directory(spec);
    if (out.patches.empty())
      throw empty_series(spec, "no *.patch file and no quilt series in the directory");
  } else {
    out.patches = read_patch_file(spec, 1);
  }
  out.id = identify(out.patches);
  return out;
}

Series read_git_range(const stdfs::path& repository, const std::string& range,
                      std::string& base_commit, const Context& context) {
  const auto problem = [&](const std::string& why) {
    return Error(ErrorKind::Input, id::kGitRange, "series", fmt::format("range {}: {}", range, why))
        .at(range);
  };
  if (!is_git_work_tree(repository))
    throw problem(fmt::format("{} is no git repository", repository.string()));
  const auto dots = range.find("..");
  auto right = range.substr(dots + 2);
  if (right.starts_with('.')) right = right.substr(1);
  const auto from =
      resolve_commit(repository, dots == 0 ? "HEAD" : range.substr(0, dots), context.cancel);
  const auto to = resolve_commit(repository, right.empty() ? "HEAD" : right, context.cancel);
  const auto git = [&](const std::vector<std::string>& args) {
    auto result = git_read(repository, args, context.cancel);
    if (!result.ok()) throw problem(result.err.empty() ? "git failed" : result.err);
    return result.out;
  };
  base_commit = git({"merge-base", from, to}).substr(0, 40);
  if (!git({"rev-list", "--merges", base_commit + ".." + to}).empty())
    throw problem("it contains merges").hint("give a linear range, or the series as patches");
  Series out;
  out.description = range;
  const auto text =
      git({"format-patch", "--stdout", "--no-signature", "--no-renames", "--no-color",
           "--no-ext-diff", "--no-textconv", "--no-attach", "--numbered", "--full-index",
           "--src-prefix=a/", "--dst-prefix=b/", base_commit + ".." + to});
  out.patches = parse_patches(text, range);
  if (out.patches.empty()) throw empty_series(range, "no commit in the range");
  out.id = identify(out.patches);
  return out;
}

}  // namespace sgproof::extract

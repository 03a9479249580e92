#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/git.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/series.hpp"
#include "kernel-extract/tree_entry.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

/// Copies the files that the series names from the base into `work`; a path through a symbolic link
/// of the tree is refused.
void copy_named(const Tree& base, const Series& series, const stdfs::path& work) {
  std::set<std::string> done;
  for (const auto& patch : series.patches) {
    for (const auto& file : patch.files) {
      for (const auto& name : {file.old_path, file.new_path}) {
        if (name.empty() || !done.insert(name).second) continue;
        stdfs::path prefix;
        for (const auto& part : stdfs::path(name).parent_path()) {
          prefix /= part;
          const auto kind = kind_of(base.path / prefix);
          if (kind == FileKind::Symlink)
            throw Error(ErrorKind::Input, id::kPathEscape, "series",
                        fmt::format("{}:{}: '{}' goes through the symbolic link {}", patch.file,
                                    file.line, name, prefix.string()))
                .at(patch.file, file.line);
          if (kind == FileKind::Regular)
            throw Error(ErrorKind::Input, id::kApply, "apply",
                        fmt::format("{}: '{}' is below {}, which is a file", patch.name, name,
                                    prefix.string()))
                .at(name);
          if (kind == FileKind::Absent) break;
        }
        const auto source = base.path / name;
        const auto kind = kind_of(source);
        if (kind != FileKind::Regular && kind != FileKind::Symlink) continue;
        make_dirs((work / name).parent_path());
        std::error_code error;
        if (kind == FileKind::Symlink)
          stdfs::copy_symlink(source, work / name, error);
        else
          stdfs::copy_file(source, work / name, error);
        if (error) throw_errno("copy", source, error.value());
        if (kind == FileKind::Regular)
          ::chmod((work / name).c_str(), (stdfs::status(source).permissions() &
                                          stdfs::perms::owner_exec) == stdfs::perms::none
                                             ? 0644
                                             : 0755);
      }
    }
  }
}

/// The Error for what `git apply` said, with the file of the tree and the line where it stopped.
Error apply_error(const Patch& patch, std::size_t index, std::size_t count,
                  const std::string& said) {
  std::string target;
  int line = 0;
  std::smatch match;
  static const std::regex failed("error: patch failed: (.+):([0-9]+)");
  static const std::regex named(
      "error: (.+): (No such file or directory|already exists in working directory|"
      "patch does not apply|does not exist in index|wrong type|[^\n]*)");
  if (std::regex_search(said, match, failed)) {
    target = match[1];
    line = std::stoi(match[2]);
  } else if (std::regex_search(said, match, named)) {
    target = match[1];
  }
  const auto where =
      target.empty() ? ""
                     : fmt::format(" at {}{}", target, line > 0 ? fmt::format(":{}", line) : "");
  return Error(ErrorKind::Input, id::kApply, "apply",
               fmt::format("patch {} of {} ('{}', {}:{}) does not apply{}: {}", index + 1, count,
                           patch.name, patch.file, patch.diff_line, where, said))
      .at(target.empty() ? patch.file : target, line)
      .hint("is the series made for this kernel version?");
}

void git_apply(const Series& series, const stdfs::path& work, const stdfs::path& patches,
               const Context& context) {
  make_dirs(patches);
  for (std::size_t i = 0; i < series.patches.size(); ++i) {
    const auto& patch = series.patches[i];
    const auto file = patches / fmt::format("{:04}.patch", i + 1);
    write_file(file, patch.diff);
    const std::vector<Mount> mounts{{file, "/patch", false}};
    for (const bool check : {true, false}) {
      std::vector<std::string> args{"apply", "--whitespace=nowarn",
                                    fmt::format("-p{}", patch.strip)};
      if (check) args.emplace_back("--check");
      args.emplace_back("/patch");
      const auto result = git_plain(work, args, mounts, context.cancel);
      if (!result.ok()) throw apply_error(patch, i, series.patches.size(), result.err);
    }
  }
}

/// "@@ -a,b +c,d @@" lines of a diff without context, by file.
std::map<std::string, std::vector<LineRange>> parse_ranges(const std::string& diff,
                                                           const std::string& prefix) {
  std::map<std::string, std::vector<LineRange>> out;
  static const std::regex hunk("@@ -[0-9]+(?:,[0-9]+)? \\+([0-9]+)(?:,([0-9]+))? @@.*");
  std::istringstream lines(diff);
  std::string current;
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("diff --git ")) current.clear();
    if (line.starts_with("+++ b/" + prefix)) current = line.substr(6 + prefix.size());
    if (!current.empty() && line.starts_with("@@ ") && std::regex_match(line, match, hunk))
      out[current].push_back({std::stoi(match[1]), match[2].matched ? std::stoi(match[2]) : 1});
  }
  return out;
}

/// What differs between old/ and new/ below `dir`.
std::vector<ChangedFile> changes(const stdfs::path& dir, const Context& context) {
  std::map<std::string, ChangedFile> all;
  const auto before = list_tree(dir / "old");
  const auto after = list_tree(dir / "new");
  const auto result =
      git_plain(dir,
                {"diff", "--no-index", "--no-renames", "--no-color", "--no-ext-diff",
                 "--no-textconv", "-U0", "--src-prefix=a/", "--dst-prefix=b/", "old", "new"},
                {}, context.cancel);
  if (result.exit_code > 1)
    throw Error(ErrorKind::Environment, id::kTool, "apply", "git diff failed: " + result.err);
  const auto ranges = parse_ranges(result.out, "new/");
  for (const auto& name : before)
    if (!std::binary_search(after.begin(), after.end(), name)) all[name] = {name, false, true, {}};
  for (const auto& name : after) {
    const bool added = !std::binary_search(before.begin(), before.end(), name);
    const auto lines = ranges.find(name);
    const auto mode = [&](const char* side) {
      return stdfs::symlink_status(dir / side / name).permissions();
    };
    if (added || lines != ranges.end() || mode("old") != mode("new"))
      all[name] = {name, added, false,
                   lines == ranges.end() ? std::vector<LineRange>{} : lines->second};
  }
  std::vector<ChangedFile> out;
  for (auto& [name, change] : all) out.push_back(std::move(change));
  return out;
}

/// Puts the changed files over the linked copy of the base; the base's inodes are never written.
void install(const std::vector<ChangedFile>& files, const stdfs::path& from,
             const stdfs::path& to) {
  for (const auto& file : files) {
    if (!file.added && ::unlink((to / file.path).c_str()) != 0)
      throw_errno("replace", to / file.path, errno);
  }
  for (const auto& file : files) {
    if (file.removed) continue;
    if (kind_of(to / file.path) == FileKind::Directory)
      throw Error(ErrorKind::Input, id::kApply, "apply",
                  fmt::format("{} is a directory of the tree", file.path))
          .at(file.path);
    make_dirs((to / file.path).parent_path());
    std::error_code error;
    stdfs::rename(from / file.path, to / file.path, error);
    if (error) throw_errno("replace", to / file.path, error.value());
  }
}

json to_json(const PatchedTree& patched) {
  auto files = json::array();
  for (const auto& file : patched.files) {
    auto lines = json::array();
    for (const auto& range : file.lines) lines.push_back({range.first, range.count});
    files.push_back(
        {{"path", file.path}, {"added", file.added}, {"removed", file.removed}, {"lines", lines}});
  }
  return {{"base", patched.base_id}, {"series", patched.series_id}, {"files", files}};
}

std::optional<PatchedTree> find_patched(const std::string& id, const CacheDir& cache) {
  auto tree = find_tree(id, cache);
  if (!tree) return std::nullopt;
  const auto text = json::parse(
      try_read_file(tree->path.parent_path() / "series.json").value_or(""), nullptr, false);
  try {
    PatchedTree out{std::move(*tree), text.at("base"), text.at("series"), {}};
    for (const auto& entry : text.at("files")) {
      ChangedFile file{entry.at("path"), entry.at("added"), entry.at("removed"), {}};
      for (const auto& range : entry.at("lines")) file.lines.push_back({range.at(0), range.at(1)});
      out.files.push_back(std::move(file));
    }
    return out;
  } catch (const json::exception&) {
    cache.remove("tree", id);
    return std::nullopt;
  }
}

}  // namespace

PatchedTree apply_series(const Tree& base, const Series& series, const Context& context) {
  const auto key = Hasher().field(base.id).field(series.id).hex();
  const auto id = "pat-" + key;
  const auto lock = context.cache.lock("tree", key, context.cancel);
  if (auto known = find_patched(id, context.cache)) {
    known->tree.description = base.description + " + " + series.description;
    return *known;
  }
  const StageTimer timer(context, "apply");
  const auto staging = context.cache.stage();
  copy_named(base, series, staging.path() / "old");
  make_dirs(staging.path() / "old");
  copy_tree(staging.path() / "old", staging.path() / "new", CopyMode::Content);
  git_apply(series, staging.path() / "new", staging.path() / "patches", context);

  PatchedTree out;
  out.base_id = base.id;
  out.series_id = series.id;
  out.files = changes(staging.path(), context);
  out.tree = base;
  out.tree.id = id;
  out.tree.description = base.description + " + " + series.description;
  out.tree.parent_id = base.id;
  out.tree.changed.clear();
  out.tree.names_changed = false;
  Hasher names;
  names.field(base.names_id);
  for (const auto& file : out.files) {
    out.tree.changed.push_back(file.path);
    if (!file.added && !file.removed) continue;
    out.tree.names_changed = true;
    names.field(file.path).number(file.added ? 1 : 0);
  }
  out.tree.names_id = out.tree.names_changed ? names.hex() : base.names_id;

  auto target = context.cache.stage();
  copy_tree(base.path, target.path() / "tree", CopyMode::Hardlink);
  context.cancel.check("apply");
  install(out.files, staging.path() / "new", target.path() / "tree");
  out.tree.version = check_kernel_tree(target.path() / "tree", out.tree.description);
  write_file(target.path() / "series.json", to_json(out).dump(1));
  out.tree = publish_tree(std::move(target), out.tree, context.cache);
  return out;
}

}  // namespace sgproof::extract

#include "kernel-extract/snapshot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/git.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/tree_entry.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

/// One file as it was when last read.
struct Known {
  std::string stat;  ///< size, times, inode: equal means unchanged
  std::string
      digest;  ///< SHA-256 of content (of the target, for a symbolic link), 'x' and 'l' marks
};
using Manifest = std::map<std::string, Known>;

std::string describe(const struct stat& info) {
  return fmt::format("{} {}.{} {}.{} {} {:o}", info.st_size, info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec, info.st_ctim.tv_sec, info.st_ctim.tv_nsec, info.st_ino,
                     info.st_mode);
}

/// The relative names of the source files.
std::vector<std::string> list_files(const stdfs::path& dir, const Context& context) {
  std::vector<std::string> out;
  if (is_git_work_tree(dir)) {
    const auto listed = git_read(
        dir, {"ls-files", "-z", "--cached", "--others", "--exclude-standard"}, context.cancel);
    if (listed.ok()) {
      for (std::size_t begin = 0; begin < listed.out.size();) {
        const auto end = listed.out.find('\0', begin);
        out.push_back(listed.out.substr(begin, end - begin));
        begin = end == std::string::npos ? listed.out.size() : end + 1;
      }
      std::sort(out.begin(), out.end());
      out.erase(std::unique(out.begin(), out.end()), out.end());
      return out;
    }
  }
  for (const char* built : {".config", "include/config", "arch/x86/include/generated"})
    if (kind_of(dir / built) != FileKind::Absent)
      throw Error(ErrorKind::Input, id::kNotAKernel, "tree",
                  fmt::format("{} was built in place: it has {}", dir.string(), built))
          .at((dir / built).string())
          .hint("run `make mrproper` there, or give a git work tree or a clean copy");
  return list_tree(dir, ".git");
}

std::string digest_of(const stdfs::path& file, const struct stat& info) {
  if (S_ISLNK(info.st_mode)) return "l" + sha256(stdfs::read_symlink(file).string());
  return ((info.st_mode & 0100U) != 0 ? "x" : "-") + sha256_file(file);
}

/// One line for each file: digest, state, name. Plain text, because there are 80,000 of them.
Manifest load_manifest(const stdfs::path& file) {
  Manifest out;
  const auto text = try_read_file(file).value_or("");
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\0', begin), text.size());
    const auto first = text.find('\t', begin);
    const auto second = first == std::string::npos ? first : text.find('\t', first + 1);
    if (second == std::string::npos || second > end)
      return {};  // damaged: everything is read again
    out.emplace_hint(
        out.end(), text.substr(second + 1, end - second - 1),
        Known{text.substr(first + 1, second - first - 1), text.substr(begin, first - begin)});
    begin = end + 1;
  }
  return out;
}

void save_manifest(const stdfs::path& file, const Manifest& manifest) {
  std::string out;
  for (const auto& [name, known] : manifest) {
    out += known.digest;
    out += '\t';
    out += known.stat;
    out += '\t';
    out += name;
    out += '\0';
  }
  write_file(file, out);
}

/// Puts one file of the user into the copy: linked from the previous copy when equal, else copied.
void place(const stdfs::path& source, const stdfs::path& target, const stdfs::path& previous,
           bool same) {
  make_dirs(target.parent_path());
  if (same && ::link(previous.c_str(), target.c_str()) == 0) return;
  std::error_code error;
  if (kind_of(source) == FileKind::Symlink)
    stdfs::copy_symlink(source, target, error);
  else
    stdfs::copy_file(source, target, error);
  if (error) throw_errno("copy", source, error.value());
  ::chmod(target.c_str(), (stdfs::status(source, error).permissions() & stdfs::perms::owner_exec) ==
                                  stdfs::perms::none
                              ? 0644
                              : 0755);
}

}  // namespace

Tree snapshot_directory(const stdfs::path& dir, const Context& context) {
  const auto version = check_kernel_tree(dir, dir.string());
  const auto last_dir = context.cache.root() / "last";
  make_dirs(last_dir);
  const auto canonical = stdfs::weakly_canonical(dir).string();
  const auto last_file = last_dir / sha256(canonical).substr(0, 32);
  const auto lock = context.cache.lock("last", sha256(canonical), context.cancel);

  const auto last = json::parse(try_read_file(last_file).value_or(""), nullptr, false);
  const auto previous_id = last.is_object() ? last.value("id", "") : "";
  auto previous = previous_id.empty() ? std::nullopt : find_tree(previous_id, context.cache);
  const auto known = load_manifest(last_file.string() + ".manifest");

  Manifest now;
  Hasher content;
  Hasher names;
  const auto prefix = dir.string() + "/";
  for (const auto& name : list_files(dir, context)) {
    struct stat info{};
    const auto file = prefix + name;
    if (::lstat(file.c_str(), &info) != 0 || !(S_ISREG(info.st_mode) || S_ISLNK(info.st_mode)))
      continue;  // deleted but still in git's index, or a submodule
    auto& entry = now.emplace_hint(now.end(), name, Known{})->second;
    entry.stat = describe(info);
    const auto before = known.find(name);
    // A file written within the last two seconds could change again without its times showing it.
    const bool settled = info.st_mtim.tv_sec + 2 < std::time(nullptr);
    entry.digest = settled && before != known.end() && before->second.stat == entry.stat
                       ? before->second.digest
                       : digest_of(file, info);
    content.field(name).field(entry.digest);
    names.field(name);
  }
  const auto id = "dir-" + content.hex();
  const auto remember = [&] {
    save_manifest(last_file.string() + ".manifest", now);
    write_file(last_file, json{{"id", id}, {"directory", canonical}}.dump());
  };
  if (auto tree = find_tree(id, context.cache)) {
    if (id != previous_id) remember();
    tree->description = dir.string();
    return *tree;
  }

  const StageTimer timer(context, "copy");
  auto staging = context.cache.stage();
  const auto target = staging.path() / "tree";
  Tree tree{id, {}, dir.string(), version, names.hex(), "", {}, false};
  std::set<std::string> fresh;
  for (const auto& [name, entry] : now) {
    context.cancel.check("copy");
    const auto before = known.find(name);
    const bool same = previous && before != known.end() && before->second.digest == entry.digest;
    place(dir / name, target / name, previous ? previous->path / name : stdfs::path(), same);
    if (!same) fresh.insert(name);
  }
  if (previous) {
    tree.parent_id = previous_id;
    for (const auto& [name, entry] : known)
      if (!now.contains(name)) fresh.insert(name), tree.names_changed = true;
    for (const auto& name : fresh)
      if (!known.contains(name)) tree.names_changed = true;
    tree.changed.assign(fresh.begin(), fresh.end());
  } else {
    set_times(target, kTreeTime);
  }
  tree = publish_tree(std::move(staging), tree, context.cache);
  remember();
  return tree;
}

}  // namespace sgproof::extract

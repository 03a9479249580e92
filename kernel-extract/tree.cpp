#include "kernel-extract/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/git.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/sandbox.hpp"
#include "kernel-extract/snapshot.hpp"
#include "kernel-extract/tree_entry.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kKind = "tree";

Error missing(const std::string& what, const std::string& hint) {
  return Error(ErrorKind::Input, id::kTreeMissing, "tree", what).hint(hint);
}

/// The hash of an archive, remembered by name, size and times: it is read once, not on every run.
std::string archive_hash(const stdfs::path& archive, const CacheDir& cache) {
  std::error_code error;
  const auto size = stdfs::file_size(archive, error);
  const auto time = stdfs::last_write_time(archive, error).time_since_epoch().count();
  const auto key =
      sha256(fmt::format("{} {} {}", stdfs::weakly_canonical(archive).string(), size, time));
  make_dirs(cache.root() / "archive");
  const auto memo = cache.root() / "archive" / key.substr(0, 32);
  if (auto known = try_read_file(memo); known && known->size() == 64) return *known;
  auto digest = sha256_file(archive);
  write_file(memo, digest);
  return digest;
}

/// Unpacks an archive (mounted read-only) into `staging/tree`, without its single top directory.
void unpack(const stdfs::path& archive, const Staging& staging, const std::string& description,
            const Context& context) {
  const auto out = staging.path() / "out";
  make_dirs(out);
  SandboxSpec spec;
  spec.mounts = {{stdfs::absolute(archive), "/in/" + archive.filename().string(), false},
                 {out, "/out", true}};
  spec.environment = {{"XZ_DEFAULTS", "-T0"}};
  const auto result =
      run_sandboxed(spec,
                    {"/usr/bin/tar", "-x", "--no-same-owner", "--no-same-permissions", "-C", "/out",
                     "-f", "/in/" + archive.filename().string()},
                    context.cancel);
  if (!result.ok())
    throw Error(ErrorKind::Input, id::kBadTarball, "tree",
                fmt::format("{} cannot be unpacked: {}", description, result.err.substr(0, 500)))
        .at(archive.string());
  stdfs::path top = out;
  if (kind_of(out / "Makefile") == FileKind::Absent) {
    std::vector<stdfs::path> entries;
    for (const auto& entry : stdfs::directory_iterator(out)) entries.push_back(entry.path());
    if (entries.size() == 1 && kind_of(entries[0]) == FileKind::Directory) top = entries[0];
  }
  stdfs::rename(top, staging.path() / "tree");
  remove_tree(out);
}

Tree from_archive(const stdfs::path& archive, const std::string& description,
                  const Context& context) {
  const auto id = "tar-" + archive_hash(archive, context.cache);
  const auto lock = context.cache.lock(kKind, id.substr(4), context.cancel);
  if (auto tree = find_tree(id, context.cache)) {
    tree->description = description;
    return *tree;
  }
  const StageTimer timer(context, "unpack");
  auto staging = context.cache.stage();
  unpack(archive, staging, description, context);
  const auto dir = staging.path() / "tree";
  Tree tree{id, {}, description, check_kernel_tree(dir, description), hash_names(dir),
            "", {}, false};
  set_times(dir, kTreeTime);
  return publish_tree(std::move(staging), std::move(tree), context.cache);
}

/// "debian:6.1" → /usr/src/linux-source-6.1.tar.xz
stdfs::path debian_archive(const std::string& version) {
  if (!std::regex_match(version, std::regex("[0-9]+\\.[0-9]+")))
    throw missing(fmt::format("'debian:{}' is no packaged kernel", version),
                  "write for example debian:6.1");
  for (const char* suffix : {".tar.xz", ".tar.zst", ".tar.gz", ".tar.bz2"}) {
    stdfs::path archive = "/usr/src/linux-source-" + version + suffix;
    if (kind_of(archive) == FileKind::Regular || kind_of(archive) == FileKind::Symlink)
      return archive;
  }
  throw missing(fmt::format("the source package of debian:{} is not installed", version),
                fmt::format("apt-get install linux-source-{}", version));
}

/// The value of a line `NAME = value` of the top Makefile.
std::optional<std::string> make_variable(const std::string& makefile, const std::string& name) {
  std::smatch match;
  const std::regex line("(?:^|\n)" + name + "[ \t]*=[ \t]*([^\n#]*)");
  if (!std::regex_search(makefile, match, line)) return std::nullopt;
  auto value = match[1].str();
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back())) != 0)
    value.pop_back();
  return value;
}

int to_int(const std::string& text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::string KernelVersion::text() const {
  return fmt::format("{}.{}.{}{}", version, patchlevel, sublevel, extra);
}

KernelVersion check_kernel_tree(const stdfs::path& dir, const std::string& description) {
  const auto not_a_kernel = [&](const std::string& file, const std::string& why) {
    return Error(ErrorKind::Input, id::kNotAKernel, "tree",
                 fmt::format("{} is not a kernel source tree: {}", description, why))
        .at(file)
        .hint("give the top directory of a Linux source tree, its tarball, or debian:6.1");
  };
  const auto makefile = read_beneath(dir, "Makefile");
  if (!makefile) throw not_a_kernel("Makefile", "it has no Makefile");
  KernelVersion out;
  const auto number = [&](const char* name) {
    const auto value = make_variable(makefile->substr(0, 4096), name);
    if (!value || to_int(*value) < 0)
      throw not_a_kernel("Makefile", fmt::format("its Makefile does not set {}", name));
    return to_int(*value);
  };
  out.version = number("VERSION");
  out.patchlevel = number("PATCHLEVEL");
  out.sublevel = number("SUBLEVEL");
  out.extra = make_variable(makefile->substr(0, 4096), "EXTRAVERSION").value_or("");
  for (const char* file : {"Kconfig", "include/linux/scatterlist.h", "kernel/dma/direct.c"})
    if (!read_beneath(dir, file)) throw not_a_kernel(file, fmt::format("it has no {}", file));
  return out;
}

std::string hash_names(const stdfs::path& dir) {
  Hasher hasher;
  for (const auto& name : list_tree(dir)) hasher.field(name);
  return hasher.hex();
}

std::optional<Tree> find_tree(const std::string& id, const CacheDir& cache) {
  const auto entry = cache.find(kKind, id);
  if (!entry) return std::nullopt;
  const auto text = json::parse(try_read_file(*entry / "tree.json").value_or(""), nullptr, false);
  try {
    Tree tree;
    tree.id = id;
    tree.path = *entry / "tree";
    const auto& version = text.at("version");
    tree.version = {version.at(0), version.at(1), version.at(2), version.at(3)};
    tree.description = text.at("description");
    tree.names_id = text.at("names_id");
    tree.parent_id = text.at("parent_id");
    tree.changed = text.at("changed").get<std::vector<std::string>>();
    tree.names_changed = text.at("names_changed");
    if (kind_of(tree.path / "Makefile") == FileKind::Regular) return tree;
  } catch (const json::exception&) {  // ignored: damaged, made again
  }
  cache.remove(kKind, id);
  return std::nullopt;
}

Tree publish_tree(Staging staging, Tree tree, const CacheDir& cache) {
  const auto& v = tree.version;
  write_file(staging.path() / "tree.json",
             json{{"id", tree.id},
                  {"description", tree.description},
                  {"version", {v.version, v.patchlevel, v.sublevel, v.extra}},
                  {"names_id", tree.names_id},
                  {"parent_id", tree.parent_id},
                  {"changed", tree.changed},
                  {"names_changed", tree.names_changed}}
                 .dump(1));
  // Links to another tree's files: directories and the files that differ are all that it takes.
  const auto bytes =
      tree.parent_id.empty() ? std::nullopt : std::optional<std::uint64_t>(std::uint64_t{32} << 20);
  tree.path = cache.publish(std::move(staging), kKind, tree.id, {"tree.json"}, bytes) / "tree";
  return tree;
}

Tree open_tree(const std::string& spec, const Context& context) {
  if (spec.starts_with("debian:"))
    return from_archive(debian_archive(spec.substr(7)), spec, context);
  std::error_code error;
  const auto path = stdfs::path(spec);
  const auto status = stdfs::status(path, error);
  if (spec.empty() || !stdfs::exists(status))
    throw missing(fmt::format("no kernel tree at '{}'", spec),
                  "give a directory, a source tarball, or debian:6.1");
  if (stdfs::is_directory(status)) return snapshot_directory(path, context);
  if (!stdfs::is_regular_file(status))
    throw missing(fmt::format("'{}' is neither a directory nor a file", spec), "");
  return from_archive(path, spec, context);
}

Tree open_commit(const stdfs::path& repository, const std::string& commit, const Context& context) {
  const auto id = "git-" + commit;
  const auto lock = context.cache.lock(kKind, commit, context.cancel);
  const auto description = fmt::format("{}@{}", repository.string(), commit.substr(0, 12));
  if (auto tree = find_tree(id, context.cache)) {
    tree->description = description;
    return *tree;
  }
  const StageTimer timer(context, "unpack");
  auto staging = context.cache.stage();
  const auto archive = staging.path() / "commit.tar";
  const auto result =
      git_read(repository, {"archive", "--format=tar", commit}, context.cancel, archive);
  if (!result.ok())
    throw Error(ErrorKind::Input, id::kGitRange, "tree",
                fmt::format("git cannot give the files of {}: {}", description, result.err));
  unpack(archive, staging, description, context);
  stdfs::remove(archive);
  const auto dir = staging.path() / "tree";
  Tree tree{id, {}, description, check_kernel_tree(dir, description), hash_names(dir),
            "", {}, false};
  set_times(dir, kTreeTime);
  return publish_tree(std::move(staging), std::move(tree), context.cache);
}

}  // namespace sgproof::extract

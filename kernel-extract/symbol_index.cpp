#include "kernel-extract/symbol_index.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/tree_entry.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kKind = "symbols";
constexpr const char* kFormat = "symbols/1";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::vector<std::string> scanned_dirs(const std::string& arch) {
  const auto family = arch == "x86_64" || arch == "i386" ? std::string("x86") : arch;
  return {"lib", "kernel", "mm", "drivers/base", "drivers/pci", "drivers/iommu", "arch/" + family};
}

bool in_scope(const std::string& file, const std::string& arch) {
  if (!file.ends_with(".c")) return false;
  const auto dirs = scanned_dirs(arch);
  return std::any_of(dirs.begin(), dirs.end(),
                     [&](const std::string& dir) { return file.starts_with(dir + "/"); });
}

/// Position after the bracket that closes the one at `open`, or npos.
std::size_t after_brackets(const std::string& text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1;
    if (text[i] == ';' || text[i] == '{') return std::string::npos;
  }
  return std::string::npos;
}

void add_file(const Tree& tree, const std::string& file, SymbolIndex& index) {
  for (const auto& name : defined_functions(read_beneath(tree.path, file).value_or("")))
    index[name].push_back(file);
}

SymbolIndex scan(const Tree& tree, const std::string& arch, const Context& context) {
  SymbolIndex out;
  for (const auto& dir : scanned_dirs(arch)) {
    if (kind_of(tree.path / dir) != FileKind::Directory) continue;
    std::vector<std::string> files;
    for (const auto& entry : stdfs::recursive_directory_iterator(tree.path / dir))
      if (entry.path().extension() == ".c" && entry.is_regular_file() && !entry.is_symlink())
        files.push_back(entry.path().lexically_relative(tree.path).string());
    std::sort(files.begin(), files.end());
    context.cancel.check("index");
    for (const auto& file : files) add_file(tree, file, out);
  }
  return out;
}

}  // namespace

std::vector<std::string> defined_functions(const std::string& source) {
  std::set<std::string> out;
  std::size_t line = 0;
  while (line < source.size()) {
    const auto end = std::min(source.find('\n', line), source.size());
    const char first = source[line];
    const auto open = source.find('(', line);
    if ((std::isalpha(static_cast<unsigned char>(first)) != 0 || first == '_') && open < end &&
        open > line) {
      auto stop = open;
      while (stop > line && source[stop - 1] == ' ') --stop;
      auto start = stop;
      while (start > line && is_word(source[start - 1])) --start;
      const auto name = source.substr(start, stop - start);
      const auto before = source.substr(line, start - line);
      auto after = after_brackets(source, open);
      // Attributes and comments may stand between the arguments and the body.
      while (
          after != std::string::npos && after < source.size() &&
          (std::isspace(static_cast<unsigned char>(source[after])) != 0 || is_word(source[after])))
        ++after;
      const bool body = after != std::string::npos && after < source.size() && source[after] == '{';
      const bool is_static = before.find("static ") != std::string::npos ||
                             before.find("typedef ") != std::string::npos;
      if (body && !is_static && !name.empty() &&
          std::isdigit(static_cast<unsigned char>(name[0])) == 0)
        out.insert(name);
    }
    line = end + 1;
  }
  return {out.begin(), out.end()};
}

Built is_built(const std::string& makefile, const std::string& file, const Kconfig& kconfig) {
  const auto object = stdfs::path(file).stem().string() + ".o";
  std::string text = makefile;
  for (std::size_t at = 0; (at = text.find("\\\n", at)) != std::string::npos;)
    text.replace(at, 2, "  ");
  std::istringstream lines(text);
  auto out = Built::Unknown;
  for (std::string line; std::getline(lines, line);) {
    const auto assign = line.find('=');
    if (assign == std::string::npos || line.starts_with("CFLAGS") || line.starts_with("KASAN") ||
        line.starts_with("KCSAN"))
      continue;
    std::istringstream words(line.substr(assign + 1, line.find('#') - assign - 1));
    bool named = false;
    for (std::string word; words >> word;) named = named || word == object;
    if (!named) continue;
    const auto left = line.substr(0, assign);
    const auto dollar = left.find("$(CONFIG_");
    if (dollar == std::string::npos) {
      if (left.find("-y") != std::string::npos || left.find("-objs") != std::string::npos)
        return Built::Yes;
      continue;
    }
    const auto close = left.find(')', dollar);
    if (close == std::string::npos) continue;
    const auto symbol = left.substr(dollar + 9, close - dollar - 9);
    const auto value = kconfig.find(symbol);
    if (value != kconfig.end() && (value->second == "y" || value->second == "m")) return Built::Yes;
    out = Built::No;
  }
  return out;
}

SymbolIndex index_symbols(const Tree& tree, const std::string& arch, const Context& context) {
  const auto key = Hasher().field(kFormat).field(tree.id).field(arch).hex();
  if (const auto entry = context.cache.find(kKind, key)) {
    const auto parsed =
        json::parse(try_read_file(*entry / "symbols.json").value_or(""), nullptr, false);
    try {
      return parsed.get<SymbolIndex>();
    } catch (const json::exception&) {
      context.cache.remove(kKind, key);
    }
  }
  SymbolIndex out;
  const auto parent =
      tree.parent_id.empty() ? std::nullopt : find_tree(tree.parent_id, context.cache);
  if (parent) {
    out = index_symbols(*parent, arch, context);
    const std::set<std::string> changed(tree.changed.begin(), tree.changed.end());
    for (auto& [name, files] : out)
      std::erase_if(files, [&](const std::string& file) { return changed.contains(file); });
    for (const auto& file : tree.changed)
      if (in_scope(file, arch)) add_file(tree, file, out);
    std::erase_if(out, [](const auto& entry) { return entry.second.empty(); });
    return out;
  }
  const StageTimer timer(context, "index");
  out = scan(tree, arch, context);
  auto staging = context.cache.stage();
  write_file(staging.path() / "symbols.json", json(out).dump());
  context.cache.publish(std::move(staging), kKind, key, {"symbols.json"});
  return out;
}

}  // namespace sgproof::extract

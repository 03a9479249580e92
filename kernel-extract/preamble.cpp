#include "kernel-extract/preamble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <vector>

#include "kernel-extract/compile_command.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/inspect.hpp"
#include "kernel-extract/linker.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kKind = "preamble";
constexpr const char* kFormat = "preamble/1";
constexpr auto npos = std::string_view::npos;

/// One directive ("include <linux/mm.h>"), continued lines and all.
struct Directive {
  std::size_t begin, end;  ///< of its lines, in bytes
  std::string_view text;   ///< behind the '#'
};

/// Where the next thing begins that is neither blank nor a comment.
std::size_t skip_blank(std::string_view source, std::size_t at) {
  while (at < source.size()) {
    if (std::isspace(static_cast<unsigned char>(source[at])) != 0) {
      ++at;
    } else if (source.compare(at, 2, "//") == 0) {
      at = std::min(source.find('\n', at), source.size());
    } else if (source.compare(at, 2, "/*") == 0) {
      const auto end = source.find("*/", at + 2);
      at = end == npos ? source.size() : end + 2;
    } else {
      break;
    }
  }
  return at;
}

/// The directives before anything else.
std::vector<Directive> directives(std::string_view source) {
  std::vector<Directive> out;
  for (std::size_t at = skip_blank(source, 0); at < source.size() && source[at] == '#';
       at = skip_blank(source, at)) {
    auto end = source.find('\n', at);
    while (end != npos && end > at && source[end - 1] == '\\') end = source.find('\n', end + 1);
    end = end == npos ? source.size() : end + 1;
    // a comment that begins here and goes on is not worth reading
    const auto text = source.substr(at + 1, end - at - 1);
    const auto comment = text.rfind("/*");
    if (comment != npos && text.find("*/", comment) == npos) break;
    out.push_back({at, end, text.substr(std::min(text.find_first_not_of(" \t"), text.size()))});
    at = end;
  }
  return out;
}

/// The end of the last of these directives that is outside of all #if.
std::size_t whole_directives(const std::vector<Directive>& list, std::size_t count) {
  std::size_t end = 0;
  int depth = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (list[i].text.starts_with("if")) ++depth;
    if (list[i].text.starts_with("endif")) --depth;
    if (depth == 0) end = list[i].end;
  }
  return end;
}

/// The name in an include directive ("linux/mm.h"); empty for any other.
std::string_view included(const Directive& directive) {
  if (!directive.text.starts_with("include")) return {};
  const auto open = directive.text.find_first_of("<\"");
  if (open == npos) return {};
  const auto close = directive.text.find_first_of(">\"", open + 1);
  return close == npos ? std::string_view{} : directive.text.substr(open + 1, close - open - 1);
}

/// The file of the tree whose code is the unit's: itself, or what it includes first.
std::string main_file(const CompileSite& site, const Unit& unit) {
  if (unit.source.starts_with("/src/")) return unit.source.substr(5);
  if (!unit.source.starts_with("/sgp/")) return {};
  const auto text = read_beneath(site.harness, unit.source.substr(5)).value_or("");
  const auto list = directives(text);
  const std::string name(list.empty() ? "" : included(list.front()));
  return name.ends_with(".c") && read_beneath(site.tree.path, name) ? name : "";
}

std::string code_of(const stdfs::path& bitcode) {
  LinkedModule module;
  module.add({"unit", bitcode, "", {}});
  return hash_code(module.get()).whole;
}

std::optional<Preamble> in_cache(const stdfs::path& entry) {
  const auto parsed =
      json::parse(try_read_file(entry / "preamble.json").value_or(""), nullptr, false);
  if (!parsed.is_object() || !parsed.value("usable", false)) return std::nullopt;
  return Preamble{entry, parsed.value("main", ""),
                  try_read_file(entry / "preamble.h").value_or("")};
}

/// The bytes of the main file that a preamble can stand for.
std::size_t length_for(const CompileSite& site, const Unit& unit, const std::string& changed,
                       const std::string& main, const std::string& source, const Context& context) {
  if (changed == main) return leading_directives(source);
  auto staging = context.cache.stage();
  auto command = unit_command(site.build.compile, unit.source, "/out/unit.i", "/out/unit.d");
  std::replace(command.begin(), command.end(), std::string("-c"), std::string("-E"));
  command.emplace_back("-H");
  const auto listing = run_compiler(site, staging.path(), {}, command, context.cancel);
  return listing.ok() ? directives_before(source, listing.err, "/src/" + main, changed) : 0;
}

}  // namespace

std::size_t leading_directives(std::string_view source) {
  const auto list = directives(source);
  return whole_directives(list, list.size());
}

std::size_t directives_before(std::string_view source, std::string_view listing,
                              std::string_view main, std::string_view file) {
  // ". a.c", ".. b.h" (included by a.c), "... c.h" (by b.h): each file where it is first entered
  std::string_view direct;
  std::size_t main_depth = 0;
  bool found = false;
  for (std::size_t at = 0; at < listing.size() && !found;) {
    const auto end = std::min(listing.find('\n', at), listing.size());
    const auto line = listing.substr(at, end - at);
    at = end + 1;
    const auto depth = line.find(' ');
    if (depth == npos || depth == 0 || line.find_first_not_of('.') != depth) continue;
    const auto name = line.substr(depth + 1);
    if (name == main) main_depth = depth;
    if (main_depth != 0 && depth == main_depth + 1) direct = name;
    if (!name.starts_with("/src/") || name.substr(5) != file) continue;
    if (main_depth == 0) return 0;  // before the main file
    found = true;
  }
  const auto list = directives(source);
  if (!found) return whole_directives(list, list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto name = included(list[i]);
    if (!name.empty() && direct.ends_with("/" + std::string(name)))
      return whole_directives(list, i);
  }
  return 0;
}

std::optional<Preamble> get_preamble(const CompileSite& site, const Unit& unit,
                                     const std::string& changed, const CompiledUnit& unchanged,
                                     const Context& context) {
  const auto main = main_file(site, unit);
  const auto source = main.empty() ? std::nullopt : read_beneath(site.tree.path, main);
  if (!source) return std::nullopt;
  const auto& cache = context.cache;
  const auto key = Hasher()
                       .field(kFormat)
                       .field(site.id)
                       .field(site.tree.id)
                       .field(site.build.id)
                       .field(unit.source)
                       .field(unchanged.digest)
                       .field(changed)
                       .hex();
  if (const auto entry = cache.find(kKind, key)) return in_cache(*entry);
  const auto lock = cache.lock(kKind, key, context.cancel);
  if (const auto entry = cache.find(kKind, key)) return in_cache(*entry);

  auto staging = cache.stage();
  const auto dir = staging.path();
  Preamble made{dir, main,
                source->substr(0, length_for(site, unit, changed, main, *source, context))};
  const auto out = dir / "out";
  make_dirs(out);
  write_file(dir / "preamble.h", made.text);
  bool usable = false;
  if (!made.text.empty()) {
    const auto precompiled =
        run_compiler(site, dir, {{dir / "preamble.h", "/preamble/preamble.h", false}},
                     preamble_command(site.build.compile, unit.source, "/preamble/preamble.h",
                                      "/out/preamble.pch", "/out/out/unit.d"),
                     context.cancel);
    const auto dependencies = parse_dependencies(read_beneath(out, "unit.d").value_or(""));
    if (precompiled.ok() && std::find(dependencies.begin(), dependencies.end(),
                                      "/src/" + changed) == dependencies.end()) {
      const auto with = compile_behind(made, site, unit, out, context);
      usable = with && with->ok() && code_of(out / "unit.bc") == code_of(unchanged.bitcode);
    }
  }
  if (!usable) remove_tree(dir / "preamble.pch");
  remove_tree(out);
  write_file(dir / "preamble.json", json{{"usable", usable}, {"main", main}}.dump());
  std::vector<std::string> checked{"preamble.h", "preamble.json"};
  if (usable) checked.emplace_back("preamble.pch");
  return in_cache(cache.publish(std::move(staging), kKind, key, checked));
}

std::optional<ProcessResult> compile_behind(const Preamble& preamble, const CompileSite& site,
                                            const Unit& unit, const stdfs::path& out,
                                            const Context& context) {
  const auto instead = site.overlay.find(preamble.main);
  auto source = instead != site.overlay.end() ? try_read_file(instead->second)
                                              : read_beneath(site.tree.path, preamble.main);
  if (!source || !source->starts_with(preamble.text)) return std::nullopt;
  // lines keep their numbers
  const auto lines = std::count(preamble.text.begin(), preamble.text.end(), '\n');
  source->replace(0, preamble.text.size(), std::string(static_cast<std::size_t>(lines), '\n'));
  const auto staging = context.cache.stage();
  write_file(staging.path() / "rest.c", *source);
  auto result = run_compiler(site, out,
                             {{staging.path() / "rest.c", "/src/" + preamble.main, false},
                              {preamble.dir, "/preamble", false}},
                             unit_command(site.build.compile, unit.source, "/out/unit.bc",
                                          "/out/unit.d", "/preamble/preamble.pch"),
                             context.cancel);
  if (!result.ok()) return std::nullopt;
  return result;
}

}  // namespace sgproof::extract

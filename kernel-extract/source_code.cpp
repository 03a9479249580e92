#include "kernel-extract/source_code.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kernel-extract/compile_command.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/sandbox.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kKind = "declarations";
constexpr const char* kFormat = "declarations/1";

json to_json(const Declarations& declarations) {
  json out = json::object();
  for (const auto& [name, d] : declarations)
    out[name] = {{"line", d.line}, {"function", d.function}, {"hash", d.hash}, {"uses", d.uses}};
  return out;
}

Declarations from_json(const json& text) {
  Declarations out;
  for (const auto& [name, d] : text.items())
    out[name] = {d.at("line"), d.at("function"), d.at("hash"),
                 d.at("uses").get<std::vector<std::string>>()};
  return out;
}

std::string key_of(const Build& build, const std::string& file, const std::string& text,
                   const std::string& unit, const std::string& unit_text) {
  Hasher hasher;
  hasher.field(kFormat).field(file).field(text).field(unit).field(unit_text);
  for (const auto& word : build.compile) hasher.field(word);
  for (const auto& [symbol, value] : build.kconfig) hasher.field(symbol).field(value);
  return hasher.hex();
}

ProcessResult run(const Tree& tree, const Build& build, const std::vector<std::string>& argv,
                  const Context& context) {
  SandboxSpec spec;
  spec.mounts = build_mounts(tree, build.dir, false);
  spec.directory = "/build";
  spec.deadline = std::chrono::minutes(3);
  return run_sandboxed(spec, argv, context.cancel);
}

std::string tokens_of(const Tree& tree, const Build& build, const std::string& path,
                      const Context& context) {
  const auto result =
      run(tree, build, {"clang-19", "-cc1", "-x", "c", "-dump-raw-tokens", path}, context);
  if (!result.ok())
    throw Error(ErrorKind::Environment, "SGP-E0141", "contracts",
                fmt::format("clang cannot read the tokens of {}", path));
  return result.err;
}

/// Nothing where the unit does not compile.
std::optional<Declarations> ask(const Tree& tree, const Build& build, const std::string& file,
                                const std::string& unit, const Context& context) {
  const auto path = "/src/" + file;
  if (file.ends_with(".S")) {
    const auto tokens = tokens_of(tree, build, path, context);
    return Declarations{{"", {1, true, hash_tokens(tokens, path), {}}}};
  }
  const auto kinds =
      "anyOf(functionDecl(isDefinition()), varDecl(), recordDecl(isDefinition()), enumDecl(), "
      "typedefDecl())";
  const auto source = "/src/" + unit;
  std::vector<std::string> argv{"clang-query-19",
                                "-c",
                                "set output dump",
                                "-c",
                                fmt::format("match decl(hasParent(translationUnitDecl()), {}, "
                                            "isExpansionInFileMatching(\"{}$\"))",
                                            kinds, path),
                                source,
                                "--"};
  for (auto& word : query_flags(build.compile, source)) argv.push_back(std::move(word));
  const auto result = run(tree, build, argv, context);
  if (!result.ok() || result.err.find(" error: ") != std::string::npos) return {};
  return read_declarations(result.out, tokens_of(tree, build, path, context), path);
}

}  // namespace

std::vector<std::string> query_flags(const std::vector<std::string>& kernel,
                                     const std::string& source) {
  std::vector<std::string> out;
  const auto command = unit_command(kernel, source, "/tmp/unit", "/tmp/unit.d");
  for (std::size_t i = 1; i < command.size(); ++i) {
    const auto& word = command[i];
    if (word == "-o")
      ++i;
    else if (word != "-c" && word != "-emit-llvm" && word != source && !word.starts_with("-Wp,-M"))
      out.push_back(word);
  }
  out.emplace_back("-w");
  return out;
}

std::optional<Declarations> read_source(const Tree& tree, const Build& build,
                                        const std::string& file, const std::string& unit,
                                        const Context& context) {
  const auto text = read_beneath(tree.path, file);
  const auto unit_text = unit == file ? text : read_beneath(tree.path, unit);
  if (!text || !unit_text) return {};
  const auto key = key_of(build, file, *text, unit, *unit_text);
  if (const auto entry = context.cache.find(kKind, key)) {
    try {
      const auto known = json::parse(read_file(*entry / "declarations.json"));
      if (known.is_null()) return {};
      return from_json(known);
    } catch (const json::exception&) {
      context.cache.remove(kKind, key);
    }
  }
  auto out = ask(tree, build, file, unit, context);
  auto staging = context.cache.stage();
  write_file(staging.path() / "declarations.json", out ? to_json(*out).dump() : "null");
  context.cache.publish(std::move(staging), kKind, key, {"declarations.json"});
  return out;
}

}  // namespace sgproof::extract

#include "kernel-extract/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "kernel-extract/compile_command.hpp"
#include "kernel-extract/diagnostics.hpp"
#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/preamble.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kKind = "unit";
constexpr const char* kFormat = "unit/2";
constexpr std::size_t kRemembered = 16;  ///< dependency lists kept for one unit

std::string normal(const std::string& inside) {
  const auto path =
      stdfs::path(inside).is_absolute() ? stdfs::path(inside) : stdfs::path("/build") / inside;
  return path.lexically_normal().string();
}

using Lists = std::vector<std::vector<std::string>>;

Lists load_lists(const stdfs::path& file) {
  const auto parsed = json::parse(try_read_file(file).value_or(""), nullptr, false);
  try {
    return parsed.is_array() ? parsed.get<Lists>() : Lists{};
  } catch (const json::exception&) {
    return {};
  }
}

void remember(const stdfs::path& file, const std::vector<std::string>& dependencies) {
  auto lists = load_lists(file);
  std::erase(lists, dependencies);
  lists.insert(lists.begin(), dependencies);
  if (lists.size() > kRemembered) lists.resize(kRemembered);
  make_dirs(file.parent_path());
  write_file(file, json(lists).dump());
}

/// A function that nothing calls is not in the bitcode, so its body does not matter either.
bool defines(const stdfs::path& bitcode, const std::string& function) {
  llvm::LLVMContext context;
  auto buffer = llvm::MemoryBuffer::getFile(bitcode.string());
  if (!buffer) return true;
  auto module = llvm::getOwningLazyBitcodeModule(std::move(*buffer), context, true);
  if (!module) {
    llvm::consumeError(module.takeError());
    return true;
  }
  const auto* f = (*module)->getFunction(function);
  return f != nullptr && !f->isDeclaration();
}

std::vector<std::string> in_tree(const std::vector<std::string>& dependencies) {
  std::vector<std::string> out;
  for (const auto& file : dependencies)
    if (file.starts_with("/src/")) out.push_back(file.substr(5));
  return out;
}

}  // namespace

UnitCompiler::UnitCompiler(CompileSite site, const Context& context)
    : site_(std::move(site)), context_(context) {
  Hasher hasher;
  hasher.field(kFormat).field(site_.tree.names_id).field(site_.build.names_id);
  for (const auto& word : site_.build.compile) hasher.field(word);
  site_.id = hasher.hex();
}

stdfs::path UnitCompiler::map_file(const std::string& key) const {
  return context_.cache.root() / "unit-deps" / key;
}

std::string UnitCompiler::content_hash(const std::string& inside) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = hashes_.find(inside); known != hashes_.end()) return known->second;
  }
  const auto below = [&](const char* prefix,
                         const stdfs::path& root) -> std::optional<std::string> {
    return read_beneath(root, inside.substr(std::string_view(prefix).size()));
  };
  std::optional<std::string> content;
  const auto replaced =
      inside.starts_with("/src/") ? site_.overlay.find(inside.substr(5)) : site_.overlay.end();
  if (replaced != site_.overlay.end())
    content = try_read_file(replaced->second);
  else if (inside.starts_with("/src/"))
    content = below("/src/", site_.tree.path);
  else if (inside.starts_with("/build/sgp/"))
    content = below("/build/sgp/", site_.generated);
  else if (inside.starts_with("/build/"))
    content = below("/build/", site_.build.dir);
  else if (inside.starts_with("/sgp/"))
    content = below("/sgp/", site_.harness);
  else
    content = try_read_file(inside);
  auto hash = content ? sha256(*content) : "absent";
  const std::lock_guard lock(mutex_);
  return hashes_[inside] = std::move(hash);
}

std::string UnitCompiler::combined_hash(const std::vector<std::string>& dependencies) {
  Hasher hasher;
  for (const auto& file : dependencies) hasher.field(file).field(content_hash(file));
  return hasher.hex();
}

void UnitCompiler::only_changes(const std::string& function, UnitCompiler& unchanged) {
  function_ = function;
  unchanged_ = &unchanged;
}

CompiledUnit UnitCompiler::compile(const Unit& unit) {
  std::optional<CompiledUnit> was;
  if (unchanged_ != nullptr) was = unchanged_->compile(unit);
  if (was && !defines(was->bitcode, function_)) return *was;
  const auto& cache = context_.cache;
  const auto unit_key = Hasher().field(site_.id).field(unit.source).hex();
  const auto entry_key = [&](const std::vector<std::string>& dependencies) {
    return Hasher().field(unit_key).field(combined_hash(dependencies)).hex();
  };
  const auto result = [&](const stdfs::path& entry, const std::vector<std::string>& dependencies) {
    return CompiledUnit{unit.name, entry / "unit.bc", sha256_file(entry / "unit.bc"),
                        in_tree(dependencies)};
  };
  for (const auto& dependencies : load_lists(map_file(unit_key)))
    if (const auto entry = cache.find(kKind, entry_key(dependencies)))
      return result(*entry, dependencies);

  context_.cancel.check("compile");
  auto staging = cache.stage();
  const auto out = staging.path() / "out";
  make_dirs(out);
  const auto process = run(unit, was, out);
  if (!process.ok())
    throw compile_error(unit.source.starts_with("/src/") ? unit.source.substr(5) : unit.source,
                        process.err);
  auto dependencies = parse_dependencies(read_beneath(out, "unit.d").value_or(""));
  for (auto& file : dependencies) file = normal(file);
  std::erase_if(dependencies,
                [](const std::string& file) { return file.starts_with("/preamble/"); });
  std::sort(dependencies.begin(), dependencies.end());
  dependencies.erase(std::unique(dependencies.begin(), dependencies.end()), dependencies.end());
  if (!read_beneath(out, "unit.bc") || dependencies.empty())
    throw Error(ErrorKind::Environment, id::kTool, "compile",
                fmt::format("clang wrote no output for {}", unit.source));
  stdfs::rename(out / "unit.bc", staging.path() / "unit.bc");
  remove_tree(out);
  const auto entry = cache.publish(std::move(staging), kKind, entry_key(dependencies), {"unit.bc"});
  {
    const std::lock_guard lock(mutex_);
    ++compiled_;
  }
  remember(map_file(unit_key), dependencies);
  return result(entry, dependencies);
}

ProcessResult UnitCompiler::run(const Unit& unit, const std::optional<CompiledUnit>& was,
                                const stdfs::path& out) const {
  if (was && site_.overlay.size() == 1)
    if (const auto preamble =
            get_preamble(unchanged_->site_, unit, site_.overlay.begin()->first, *was, context_))
      if (const auto process = compile_behind(*preamble, site_, unit, out, context_))
        return *process;
  return run_compiler(site_, out, {},
                      unit_command(site_.build.compile, unit.source, "/out/unit.bc", "/out/unit.d"),
                      context_.cancel);
}

std::vector<UnitCompiler::Outcome> UnitCompiler::run(const std::vector<Unit>& units,
                                                     bool stop_at_error) {
  std::vector<Outcome> out(units.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    for (std::size_t i = next++; i < units.size() && !(failed && stop_at_error); i = next++) {
      try {
        out[i].unit = compile(units[i]);
      } catch (...) {
        out[i].error = std::current_exception();
        failed = true;
      }
    }
  };
  std::vector<std::jthread> workers;
  for (int k = 1; k < std::min<int>(context_.jobs, static_cast<int>(units.size())); ++k)
    workers.emplace_back(work);
  work();
  workers.clear();
  return out;
}

std::vector<CompiledUnit> UnitCompiler::compile(const std::vector<Unit>& units) {
  auto outcomes = run(units, true);
  std::vector<CompiledUnit> out;
  for (const auto& outcome : outcomes)
    if (outcome.error) std::rethrow_exception(outcome.error);
  for (auto& outcome : outcomes) out.push_back(std::move(*outcome.unit));
  return out;
}

std::vector<std::variant<CompiledUnit, Error>> UnitCompiler::compile_each(
    const std::vector<Unit>& units) {
  std::vector<std::variant<CompiledUnit, Error>> out;
  for (auto& outcome : run(units, false)) {
    if (outcome.unit) {
      out.emplace_back(std::move(*outcome.unit));
      continue;
    }
    try {
      std::rethrow_exception(outcome.error);
    } catch (const Error& error) {
      out.emplace_back(error);
    }
  }
  return out;
}

}  // namespace sgproof::extract

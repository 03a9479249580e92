#include "gate/session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "kernel-extract/config.hpp"
#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/native.hpp"
#include "kernel-extract/native_target.hpp"
#include "model/error.hpp"

namespace sgproof::gate {
namespace {

std::filesystem::path from_environment(const char* name, const char* built_with) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != 0 ? value : built_with;
}

}  // namespace

void Progress::line(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  std::cerr << text << "\n" << std::flush;
}

void Progress::stage(const std::string& name, double seconds) {
  line(fmt::format("  {:<52} {:8.2f} s", name, seconds));
}

std::vector<ManifestLine> manifest_for(const std::vector<std::string>& configs) {
  auto lines = read_manifest(from_environment("SGPROOF_MANIFEST", SGPROOF_MANIFEST_FILE));
  const auto own = lines;
  for (const std::string& name : extract::config_names()) {
    const auto config = extract::load_config(name);
    if (!config.on_request || config.stands_by().empty()) continue;
    // its own lines are asked for besides
    std::ranges::copy(inherited(own, name, config.stands_by(), config.without),
                      std::back_inserter(lines));
  }
  if (!configs.empty())
    std::erase_if(lines, [&](const ManifestLine& l) {
      return std::find(configs.begin(), configs.end(), l.config) == configs.end();
    });
  return lines;
}

bool asks_for_all(const GateOptions& options) {
  return std::ranges::find(options.configs, "all") != options.configs.end();
}

std::vector<std::string> configs_of(const GateOptions& options) {
  std::vector<std::string> all;
  for (const ManifestLine& l : manifest_for({}))
    if (std::find(all.begin(), all.end(), l.config) == all.end()) all.push_back(l.config);
  if (asks_for_all(options)) return all;
  for (const std::string& config : options.configs)
    if (std::find(all.begin(), all.end(), config) == all.end())
      throw Error(ErrorKind::Input, "SGP-E0120", "configure",
                  fmt::format("the manifest names no configuration \"{}\"", config))
          .hint(fmt::format("known: {}", fmt::join(all, ", ")));
  if (!options.configs.empty()) return options.configs;
  std::erase_if(all, [](const std::string& c) { return extract::load_config(c).on_request; });
  return all;
}

std::string does_not_fit(const GateOptions& options, const std::string& config,
                         const extract::Tree& base, const extract::Context& context) {
  if (!asks_for_all(options) || !extract::load_config(config).on_request) return {};
  try {
    (void)extract::extract_module(base, config, {}, context);
    return {};
  } catch (const Error& e) {
    if (e.id() != extract::id::kSymbolLost) throw;
    return e.what();
  }
}

model::Facts facts_of(const extract::Module& module) {
  return {module.facts, {module.kconfig.begin(), module.kconfig.end()}};
}

Subject subject_of(const extract::Module& module, const extract::Context& context,
                   std::chrono::milliseconds run_limit) {
  Subject subject;
  subject.config = module.config;
  subject.facts = facts_of(module);
  subject.bitcode = module.bitcode;
  extract::NativeObject native;
  try {
    native = extract::build_native(module, context);
  } catch (const Error& error) {
    // what another machine's code needs here may be missing: its findings say so
    if (error.id() != "SGP-E0134" ||
        extract::native_target(module.arch, module.kconfig).emulator.empty())
      throw;
    subject.no_runner = error.what();
    return subject;
  }
  auto argv = extract::runner_argv(native);
  if (argv.front() == "bwrap") argv.front() = "/usr/bin/bwrap";
  subject.runner =
      std::make_shared<properties::NativeRunner>(std::move(argv), run_limit, native.order);
  return subject;
}

std::filesystem::path corpus_dir() {
  return from_environment("SGPROOF_CORPUS", SGPROOF_CORPUS_DIR);
}

}  // namespace sgproof::gate

#include "score/gate_run.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "kernel-extract/fs.hpp"
#include "model/error.hpp"

namespace sgproof::score {
namespace stdfs = std::filesystem;
using nlohmann::json;

std::string as_patch(const Mutant& mutant, const std::string& source,
                     const extract::Context& context) {
  const auto staging = context.cache.stage();
  const stdfs::path& dir = staging.path();
  for (const auto& [side, text] : {std::pair{"a", source}, {"b", mutated(mutant, source)}}) {
    extract::make_dirs((dir / side / mutant.file).parent_path());
    extract::write_file(dir / side / mutant.file, text);
  }
  extract::Command command;
  command.argv = {"git",        "diff", "--no-index",       "--no-prefix",
                  "--no-color", "--",   "a/" + mutant.file, "b/" + mutant.file};
  command.directory = dir;
  const auto diff = extract::run_process(command, context.cancel);
  if (diff.exit_code != 1)  // there are differences
    throw Error(ErrorKind::Environment, "SGP-E0707", "score", "git diff: " + diff.err);
  return fmt::format("Subject: {} in {}, line {}\n\n{}", mutant.op, mutant.file, mutant.line,
                     diff.out);
}

GateRun run_gate_on(const std::string& kernel, const stdfs::path& patch, const std::string& config,
                    const stdfs::path& out, const extract::CancelToken& cancel) {
  extract::Command command;
  command.argv = {"/proc/self/exe", "gate",     "--kernel", kernel,  "--series",
                  patch.string(),   "--config", config,     "--out", out.string()};
  const auto result = extract::run_process(command, cancel);
  GateRun run;
  run.exit_code = result.exit_code;
  const auto parsed =
      json::parse(extract::try_read_file(out / "result.json").value_or(""), nullptr, false);
  if (!parsed.is_object()) return run;
  for (const json& finding : parsed.value("findings", json::array()))
    if (finding.value("status", "") == "new") ++run.replay[finding.value("replay", "not-run")];
  return run;
}

bool agrees(const GateRun& run) {
  return run.exit_code == 1 && !run.replay.empty() && run.replay.count("refuted") == 0 &&
         run.replay.count("not-run") == 0;
}

std::string to_string(const GateRun& run) {
  std::string text = fmt::format("exit code {}", run.exit_code);
  for (const auto& [status, count] : run.replay) text += fmt::format(", {} {}", count, status);
  return text;
}

}  // namespace sgproof::score

// Subcommands that judge nothing: explain, report, doctor.
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "gate/commands.hpp"
#include "gate/report/report.hpp"
#include "kernel-extract/native_target.hpp"
#include "kernel-extract/process.hpp"
#include "kernel-extract/sandbox.hpp"
#include "model/error.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw Error(ErrorKind::Input, "SGP-E0610", "read", "cannot be read").at(file.string());
  return text.str();
}

/// One line of the doctor; returns whether it is well.
bool line(const std::string& what, const std::string& trouble) {
  std::cout << fmt::format("{:<28} {}\n", what, trouble.empty() ? "ok" : trouble);
  return trouble.empty();
}

std::string missing_program(const std::string& name) {
  extract::Command command;
  command.argv = {name, "--version"};
  command.deadline = std::chrono::seconds(20);
  try {
    return extract::run_process(command).ok() ? "" : "does not run";
  } catch (const Error& e) {
    return e.what();
  }
}

}  // namespace

int run_explain(const std::filesystem::path& trace) {
  const auto json = nlohmann::json::parse(read_file(trace), nullptr, false);
  if (json.is_discarded())
    throw Error(ErrorKind::Input, "SGP-E0205", "trace", "not JSON").at(trace.string());
  const auto scenario = model::scenario_from_json(json);
  if (const auto about = json.find("about"); about != json.end() && about->contains("invariant"))
    std::cout << fmt::format("shows a violation of {} {}\n",
                             about->at("invariant").get<std::string>(), about->value("clause", ""));
  for (const auto& words : model::describe(scenario)) std::cout << words << "\n";
  return 0;
}

int run_report(const std::filesystem::path& result, const std::string& format) {
  const auto parsed = parse_result(read_file(result));
  const auto& names = EnumNames<Format>::list;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == format) {
      std::cout << report(parsed, static_cast<Format>(i));
      return static_cast<int>(parsed.exit_code);
    }
  throw Error(ErrorKind::Input, "SGP-E0611", "report", "unknown format \"" + format + "\"");
}

int run_doctor() {
  bool well = true;
  for (const char* program : {"clang-19", "clang-query-19", "ld.lld-19", "llvm-link-19", "git",
                              "make", "flex", "bison", "qemu-system-x86_64", "cvc5"})
    well &= line(program, missing_program(program));
  std::string sandbox;
  try {
    extract::require_sandbox();
  } catch (const Error& e) {
    sandbox = e.what();
  }
  well &= line("sandbox (bubblewrap)", sandbox);
  for (const char* version : {"6.1", "6.12"}) {
    const std::string tarball = fmt::format("/usr/src/linux-source-{}.tar.xz", version);
    line(fmt::format("debian:{}", version),
         std::filesystem::exists(tarball)
             ? ""
             : fmt::format("not installed (package linux-source-{})", version));
  }
  // only configurations that are judged on request need these
  for (const auto& target : extract::native_targets())
    if (!target.emulator.empty())
      line(fmt::format("executing {} code", target.name), extract::lacking(target));
  line("/dev/kvm", access("/dev/kvm", R_OK | W_OK) == 0 ? "" : "not usable (emulation is used)");
  return well ? 0 : 3;
}

}  // namespace sgproof::gate

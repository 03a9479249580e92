// The subcommands. Each returns the exit code of the program (DESIGN: 0 pass, 1 violation, 2 the
// input cannot be judged, 3 inconclusive) and throws sgproof::Error for what is not in a result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gate/options.hpp"
#include "kernel-extract/process.hpp"

namespace sgproof::gate {

int run_gate(const GateOptions& options, const extract::CancelToken& cancel);
int run_extract(const GateOptions& options, const extract::CancelToken& cancel);
int run_test(const GateOptions& options, const extract::CancelToken& cancel);
int run_replay(const GateOptions& options, const std::vector<std::filesystem::path>& traces,
               const extract::CancelToken& cancel);
int run_explain(const std::filesystem::path& trace);
/// How `export` writes a trace.
enum class ExportForm : std::uint8_t { Steps, Module, KUnit };
struct ExportOptions {
  ExportForm form = ExportForm::Steps;
  std::filesystem::path trace;
  std::filesystem::path out;   ///< empty: standard output
  std::string kernel, series;  ///< whose accessors are called; empty: mainline's
};
int run_export(const ExportOptions& options, const extract::CancelToken& cancel);
int run_report(const std::filesystem::path& result, const std::string& format);
/// `record`: what is there now becomes what the contracts were compared with, in
/// contract_code.json.
int run_contracts(const GateOptions& options, bool record, const extract::CancelToken& cancel);
int run_doctor();

}  // namespace sgproof::gate

// `sgproof export`: a trace in other forms.
#include <iostream>

#include "gate/commands.hpp"
#include "gate/export/export.hpp"
#include "gate/report/atomic_file.hpp"
#include "gate/session.hpp"
#include "kernel-extract/extract.hpp"
#include "kernel-extract/harness.hpp"

namespace sgproof::gate {
namespace {

std::map<std::string, std::string> names_in(const ExportOptions& options,
                                            const extract::CancelToken& cancel) {
  if (options.kernel.empty()) return extract::mainline_accessor_names();
  const extract::CacheDir cache;
  Progress progress;
  const extract::Context context{
      cache, cancel, [&progress](const std::string& name, double s) { progress.stage(name, s); },
      1};
  const auto series = options.series.empty() ? std::nullopt : std::optional(options.series);
  return extract::accessor_names(extract::open_source(options.kernel, series, context).subject());
}

}  // namespace

int run_export(const ExportOptions& options, const extract::CancelToken& cancel) {
  const auto trace = read_trace_file(options.trace);
  const auto names = names_in(options, cancel);
  const Accessors accessors{names.at("SGP_IS_BUS"), names.at("SGP_MARK_BUS"),
                            names.at("SGP_UNMARK_BUS")};
  std::string text;
  switch (options.form) {
    case ExportForm::Steps:
      text = export_steps(trace, accessors);
      break;
    case ExportForm::Module:
      text = export_module(trace, accessors);
      break;
    case ExportForm::KUnit:
      text = export_kunit(trace, accessors);
      break;
  }
  if (options.out.empty())
    std::cout << text << std::flush;
  else
    write_atomically(options.out, text);
  return 0;
}

}  // namespace sgproof::gate

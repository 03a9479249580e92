#include "gate/report/report.hpp"

#include <fmt/format.h>

#include "gate/report/atomic_file.hpp"

namespace sgproof::gate {

std::string json_report(const Result& result) { return to_json(result).dump(2) + "\n"; }

std::string report(const Result& result, Format format) {
  switch (format) {
    case Format::Json:
      return json_report(result);
    case Format::Text:
      return text_report(result);
    case Format::Markdown:
      return markdown_report(result);
    case Format::Junit:
      return junit_report(result);
    case Format::Sarif:
      return sarif_report(result);
    case Format::Ktap:
      return ktap_report(result);
    case Format::Html:
      return html_report(result);
    case Format::Table:
      return table_report(result);
  }
  return {};
}

std::string_view file_name(Format format) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "result.json",  "report.txt",  "report.md",   "junit.xml",
      "result.sarif", "result.ktap", "report.html", "table.md"};
  return kNames.at(static_cast<std::size_t>(format));
}

void write_reports(const Result& result, const std::filesystem::path& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error)
    throw Error(ErrorKind::Environment, "SGP-E0601", "report",
                fmt::format("creating the output directory failed: {}", error.message()))
        .at(dir.string())
        .hint("give a directory that can be written with --out");
  for (const Format format : {Format::Text, Format::Markdown, Format::Junit, Format::Sarif,
                              Format::Ktap, Format::Html, Format::Table, Format::Json})
    write_atomically(dir / file_name(format), report(result, format));
}

}  // namespace sgproof::gate

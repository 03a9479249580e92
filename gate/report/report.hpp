// Everything that is written about a result. Each function is pure; write_reports() does the files.
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "gate/report/result.hpp"

namespace sgproof::gate {

enum class Format : std::uint8_t { Json, Text, Markdown, Junit, Sarif, Ktap, Html, Table };

template <>
struct EnumNames<Format> {
  static constexpr std::array<std::string_view, 8> list = {"json",  "text", "markdown", "junit",
                                                           "sarif", "ktap", "html",     "table"};
};

/// result.json, indented, ending in a line break.
std::string json_report(const Result& result);
/// For a terminal: findings with their input in words, obligations per configuration, timings, and
/// one closing line with the verdict.
std::string text_report(const Result& result);
/// For a mail or a merge request (GitHub's dialect).
std::string markdown_report(const Result& result);
/// JUnit XML: a suite per configuration, a case per obligation and per finding.
std::string junit_report(const Result& result);
/// SARIF 2.1.0 (OASIS); pre-existing findings are "unchanged", waived ones are suppressed.
std::string sarif_report(const Result& result);
/// KTAP version 1 (Documentation/dev-tools/ktap.rst), a subtest per configuration.
std::string ktap_report(const Result& result);
/// One HTML file that needs nothing else.
std::string html_report(const Result& result);

/// The table of invariants and configurations alone, as Markdown, with what was not proved.
std::string table_report(const Result& result);

std::string report(const Result& result, Format format);

/// File name of a format in an output directory: "result.json", "report.txt", "report.md",
/// "junit.xml", "result.sarif", "result.ktap", "report.html", "table.md".
std::string_view file_name(Format format);

/// Writes all formats into `dir` (created), each atomically, result.json last: where it is, the
/// others are complete. Throws sgproof::Error(Environment, SGP-E0601).
void write_reports(const Result& result, const std::filesystem::path& dir);

}  // namespace sgproof::gate

// The kernel's own compile command, taken from the .cmd file that its make leaves behind.
#pragma once

#include <string>
#include <vector>

namespace sgproof::extract {

/// The words of the command saved in `.X.ll.cmd` ("cmd_X.ll := clang-19 …", newer trees
/// "savedcmd_"). Throws Error(Unsupported, SGP-E0123) when it is not one plain command of clang, or
/// loads plugins.
[[nodiscard]] std::vector<std::string> parse_cmd_file(const std::string& content);

/// The command for one of our units: the kernel's flags without optimisation, output and identity
/// of the file they were made for; then bitcode before any pass (-O1 -Xclang -disable-llvm-passes),
/// line tables, dependency output. `source` and `output` are paths inside the sandbox;
/// `precompiled` is what preamble_command() made, or empty.
[[nodiscard]] std::vector<std::string> unit_command(const std::vector<std::string>& kernel,
                                                    const std::string& source,
                                                    const std::string& output,
                                                    const std::string& dependencies,
                                                    const std::string& precompiled = "");

/// The command that compiles `header` so that the unit `source` can begin with it.
[[nodiscard]] std::vector<std::string> preamble_command(const std::vector<std::string>& kernel,
                                                        const std::string& source,
                                                        const std::string& header,
                                                        const std::string& output,
                                                        const std::string& dependencies);

/// The prerequisites in a make dependency file ("a.o: b.c \ c.h").
[[nodiscard]] std::vector<std::string> parse_dependencies(const std::string& content);

}  // namespace sgproof::extract

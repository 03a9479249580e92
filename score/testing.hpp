// For tests: the syntax of a small C file, from the clang that is used for kernels.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/process.hpp"
#include "score/ast.hpp"

namespace sgproof::score::testing {

/// A C file in a directory of its own.
class CFile {
 public:
  explicit CFile(const std::string& code) : dir_(make()) { extract::write_file(path(), code); }
  ~CFile() { std::filesystem::remove_all(dir_); }
  CFile(const CFile&) = delete;
  CFile& operator=(const CFile&) = delete;
  [[nodiscard]] std::filesystem::path path() const { return dir_ / "code.c"; }

  [[nodiscard]] extract::ProcessResult clang(const std::vector<std::string>& arguments) const {
    extract::Command command;
    command.argv = {"clang-19", "-w", "-fsyntax-only"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.argv.push_back(path().string());
    return extract::run_process(command);
  }

  [[nodiscard]] FunctionSyntax syntax(const std::string& name) const {
    const auto dump = clang({"-Xclang", "-ast-dump=json", "-Xclang", "-ast-dump-filter=" + name});
    EXPECT_TRUE(dump.ok()) << dump.err;
    auto functions = read_syntax(dump.out, name);
    EXPECT_EQ(functions.size(), 1U);
    return functions.empty() ? FunctionSyntax{} : functions.front();
  }

 private:
  static std::filesystem::path make() {
    std::string name = (std::filesystem::temp_directory_path() / "sgproof-score-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }
  std::filesystem::path dir_;
};

}  // namespace sgproof::score::testing

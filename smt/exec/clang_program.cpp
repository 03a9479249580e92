#include "smt/exec/clang_program.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "kernel-extract/process.hpp"

namespace sgproof::exec {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot be read: " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string harness_file(const std::string& name) {
  return contents(std::filesystem::path(SGPROOF_HARNESS_DIR) / name);
}

std::string clang_bitcode(const std::map<std::string, std::string>& files) {
  namespace fs = std::filesystem;
  std::string pattern = fs::temp_directory_path() / "sgproof-program-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  const fs::path dir = pattern;
  for (const auto& [name, text] : files) std::ofstream(dir / name) << text;
  const auto built = extract::run_process(
      {.argv = {"clang-19", "-O1", "-Xclang", "-disable-llvm-passes", "-fno-strict-overflow",
                "-fno-delete-null-pointer-checks", "-g", "-w", "-c", "-emit-llvm", "-I",
                SGPROOF_HARNESS_DIR, "-o", (dir / "test.bc").string(), (dir / "test.c").string()}});
  const std::string bitcode = built.ok() ? contents(dir / "test.bc") : "";
  fs::remove_all(dir);
  if (!built.ok()) throw std::runtime_error("not compiled: " + built.err);
  return bitcode;
}

}  // namespace sgproof::exec

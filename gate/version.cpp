#include "gate/version.hpp"

#include <llvm/Config/llvm-config.h>
#include <z3.h>

#include <chrono>

#include "kernel-extract/hash.hpp"
#include "kernel-extract/process.hpp"
#include "model/error.hpp"
#include "source_id.hpp"

namespace sgproof::gate {

const std::string& build_id() {
  static const std::string id = extract::Hasher()
                                    .field(SGPROOF_SOURCE_ID)
                                    .field(solver_version())
                                    .field(LLVM_VERSION_STRING)
                                    .hex();
  return id;
}

std::string solver_version() { return std::string("Z3 ") + Z3_get_full_version(); }

std::string second_solver_version(const std::string& program) try {
  extract::Command command;
  command.argv = {program, "--version"};
  command.deadline = std::chrono::seconds(30);
  const std::string said = extract::run_process(command).out;
  // "This is cvc5 version 1.0.3", and more below
  const auto name = said.find("cvc5");
  const std::string line = said.substr(0, said.find('\n'));
  return name < line.size() ? line.substr(name) : program;
} catch (const Error&) {
  return program;
}

}  // namespace sgproof::gate

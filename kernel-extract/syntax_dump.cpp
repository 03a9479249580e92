#include "kernel-extract/syntax_dump.hpp"

#include "kernel-extract/compile_command.hpp"
#include "kernel-extract/diagnostics.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/sandbox.hpp"

namespace sgproof::extract {

std::string dump_syntax(const Tree& tree, const std::string& config_name, const std::string& source,
                        const std::string& name, const Context& context) {
  const auto build = get_build(tree, load_config(config_name), context);
  const auto staging = context.cache.stage();
  auto command = unit_command(build.compile, "/src/" + source, "/out/unit", "/out/unit.d");
  for (const char* word : {"-w", "-fsyntax-only", "-Xclang", "-ast-dump=json", "-Xclang"})
    command.emplace_back(word);
  command.push_back("-ast-dump-filter=" + name);
  SandboxSpec spec;
  spec.mounts = build_mounts(tree, build.dir, false);
  spec.mounts.push_back({staging.path(), "/out", true});
  spec.directory = "/build";
  spec.deadline = std::chrono::minutes(3);
  const auto result = run_sandboxed(spec, command, context.cancel);
  if (!result.ok()) throw compile_error(source, result.err);
  return result.out;
}

}  // namespace sgproof::extract

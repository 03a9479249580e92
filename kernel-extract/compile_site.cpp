#include "kernel-extract/compile_site.hpp"

namespace sgproof::extract {

ProcessResult run_compiler(const CompileSite& site, const std::filesystem::path& out,
                           const std::vector<Mount>& more, const std::vector<std::string>& argv,
                           const CancelToken& cancel) {
  SandboxSpec spec;
  spec.mounts = build_mounts(site.tree, site.build.dir, false);
  for (const auto& [file, instead] : site.overlay)
    spec.mounts.push_back({instead, "/src/" + file, false});
  spec.mounts.push_back({site.generated, "/build/sgp", false});
  spec.mounts.push_back({site.harness, "/sgp", false});
  spec.mounts.push_back({out, "/out", true});
  spec.mounts.insert(spec.mounts.end(), more.begin(), more.end());
  spec.directory = "/build";
  spec.deadline = std::chrono::minutes(3);
  return run_sandboxed(spec, argv, cancel);
}

}  // namespace sgproof::extract

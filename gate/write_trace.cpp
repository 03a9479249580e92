#include "gate/write_trace.hpp"

#include "gate/report/atomic_file.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {

void write_trace(const std::filesystem::path& out, const std::filesystem::path& relative,
                 const sgp_scenario& scenario, const nlohmann::json& about) {
  if (out.empty()) return;
  nlohmann::json trace = model::to_json(scenario);
  trace["about"] = about;
  std::filesystem::create_directories((out / relative).parent_path());
  write_atomically(out / relative, trace.dump(2) + "\n");
}

}  // namespace sgproof::gate

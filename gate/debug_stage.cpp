#include "gate/debug_stage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gate/session.hpp"
#include "kernel-extract/config.hpp"
#include "model/error.hpp"
#include "replay/fitting.hpp"
#include "replay/stuck.hpp"

namespace sgproof::gate {

std::optional<std::string> debug_config_of(const std::string& config) {
  const auto names = extract::config_names();
  auto name = config + "-debug";
  if (std::ranges::find(names, name) == names.end()) return std::nullopt;
  return name;
}

DebugStage::DebugStage(extract::Tree tree, const std::string& debug_config,
                       const extract::Context& context)
    : version_(tree.version),
      image_(std::async(std::launch::async, [tree = std::move(tree), debug_config, &context] {
        return replay::build_kernel(tree, debug_config, context);
      })) {}

Translated DebugStage::run(const ReplayRequest& what, Subject& subject,
                           const extract::CancelToken& cancel) {
  replay::BootRequest request;
  request.image = image_.get();
  request.accelerator = replay::accelerator_for(request.image, cancel);
  request.scenarios = scenarios_of(what, subject);
  auto boots = replay::run_on_fitting_machines(request, cancel);
  replay::ask_again(request, boots, cancel);
  auto out = judge_safety(request.scenarios, boots.scenarios,
                          {subject.facts, version_, known_defects(corpus_dir())});
  if (out.judged == 0)
    throw Error(ErrorKind::Environment, "SGP-E0612", "replay",
                fmt::format("{}: {}", request.image.config, boots.explanation));
  // a violation that was found says enough; else nothing may be taken for shown
  const bool found =
      std::ranges::any_of(out.violations, [](const auto& v) { return v.waiver.empty(); });
  if (!found && std::ranges::any_of(boots.scenarios, replay::is_stuck))
    throw Error(ErrorKind::Environment, "SGP-E0612", "replay",
                fmt::format("{}: the machine did not survive, and it is not known why: {}",
                            request.image.config, boots.explanation));
  return out;
}

}  // namespace sgproof::gate

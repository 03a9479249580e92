// A module that executes the scenario when it is loaded.
#include <fmt/format.h>

#include "gate/export/export.hpp"
#include "gate/export/preamble_text.hpp"
#include "gate/export/selection.hpp"
#include "gate/export/steps_code.hpp"

namespace sgproof::gate {
namespace {

constexpr std::string_view kCheck = R"(static unsigned int checks, failures;

static void check_equal(u64 got, u64 wanted, const char *what)
{
	checks++;
	if (got == wanted) {
		pr_info("PASS: %s\n", what);
		return;
	}
	failures++;
	pr_info("FAIL: %s is %#llx, must be %#llx\n", what, got, wanted);
}

)";

}  // namespace

std::string export_module(const TraceFile& trace, const Accessors& accessors) {
  const auto reference = reference_run(trace);
  const auto world = realise(trace.scenario, reference);
  StepsRequest request{
      trace, reference, world, accessors, all_with_claim(reference, trace.about), Style::Module};
  const auto name = test_name(trace);
  const bool builds = needs_building(world);

  CText out;
  write_preamble(out, trace, world, {"linux/types.h"});
  out.block(kCheck);
  if (builds) {
    write_world(out, world, name);
    out.blank();
  }
  out.line(0, "static void run_scenario(void)");
  out.line(0, "{");
  write_steps(out, request);
  out.line(0, "}");
  out.blank();
  out.line(0, fmt::format("static int __init {}_init(void)", name));
  out.line(0, "{");
  if (builds) {
    out.line(1, "const char *why = build_world();");
    out.blank();
    out.line(1, "if (why)");
    out.line(2, "pr_info(\"SKIP: %s\\n\", why);");
    out.line(1, "else");
    out.line(2, "run_scenario();");
    out.line(1, "release_world();");
  } else {
    out.line(1, "run_scenario();");
  }
  out.line(1, "if (checks)");
  out.line(2, "pr_info(\"%s: %u of %u checks failed\\n\",");
  out.line(2, "\tfailures ? \"FAIL\" : \"PASS\", failures, checks);");
  out.line(1, "return 0;");
  out.line(0, "}");
  out.blank();
  out.line(0, fmt::format("static void __exit {}_exit(void)", name));
  out.line(0, "{");
  out.line(0, "}");
  out.blank();
  out.line(0, fmt::format("module_init({}_init);", name));
  out.line(0, fmt::format("module_exit({}_exit);", name));
  write_epilogue(out, trace);
  return out.text();
}

}  // namespace sgproof::gate

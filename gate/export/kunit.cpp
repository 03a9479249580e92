// A KUnit suite of one case.
#include <fmt/format.h>

#include "gate/export/export.hpp"
#include "gate/export/preamble_text.hpp"
#include "gate/export/selection.hpp"
#include "gate/export/steps_code.hpp"

namespace sgproof::gate {
namespace {

/// Without the steps after the one that shows the violation.
TraceFile up_to_claim(TraceFile trace) {
  if (trace.about.step) trace.scenario.nops = *trace.about.step + 1;
  return trace;
}

}  // namespace

std::string export_kunit(const TraceFile& whole, const Accessors& accessors) {
  const TraceFile trace = up_to_claim(whole);
  const auto reference = reference_run(trace);
  const auto world = realise(trace.scenario, reference);
  StepsRequest request{
      trace, reference, world, accessors, around_claim(reference, trace.about), Style::KUnit};
  const auto name = test_name(trace);
  const bool builds = needs_building(world);

  CText out;
  write_preamble(out, trace, world, {"kunit/test.h"});
  if (builds) {
    write_world(out, world, name);
    out.blank();
    out.line(0, fmt::format("static int {}_init(struct kunit *test)", name));
    out.line(0, "{");
    out.line(1, "const char *why = build_world();");
    out.blank();
    out.line(1, "if (why)");
    out.line(2, "kunit_skip(test, \"%s\", why);");
    out.line(1, "return 0;");
    out.line(0, "}");
    out.blank();
    out.line(0, fmt::format("static void {}_exit(struct kunit *test)", name));
    out.line(0, "{");
    out.line(1, "release_world();");
    out.line(0, "}");
    out.blank();
  }
  out.line(0, fmt::format("static void {}(struct kunit *test)", name));
  out.line(0, "{");
  write_steps(out, request);
  out.line(0, "}");
  out.blank();
  out.line(0, fmt::format("static struct kunit_case {}_cases[] = {{", name));
  out.line(1, fmt::format("KUNIT_CASE({}),", name));
  out.line(1, "{}");
  out.line(0, "};");
  out.blank();
  out.line(0, fmt::format("static struct kunit_suite {}_suite = {{", name));
  out.line(1, fmt::format(".name = \"sgproof_{}\",", name));
  if (builds) {
    out.line(1, fmt::format(".init = {}_init,", name));
    out.line(1, fmt::format(".exit = {}_exit,", name));
  }
  out.line(1, fmt::format(".test_cases = {}_cases,", name));
  out.line(0, "};");
  out.blank();
  out.line(0, fmt::format("kunit_test_suite({}_suite);", name));
  out.blank();
  write_epilogue(out, trace);
  return out.text();
}

}  // namespace sgproof::gate

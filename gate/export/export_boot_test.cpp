// Exported tests are built against a defective and against a repaired kernel, and both are booted:
// minutes when the kernels are not in the cache yet. ctest -L boot
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "gate/export/export.hpp"
#include "kernel-extract/cache_dir.hpp"
#include "kernel-extract/extract.hpp"
#include "kernel-extract/harness.hpp"
#include "replay/module_image.hpp"

namespace sgproof::gate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// What the booted kernel printed when it loaded the test as KUnit suite and as module.
class Booted {
 public:
  explicit Booted(const std::string& series) {
    const extract::CacheDir cache;
    const extract::Context context{cache,
                                   {},
                                   [](const std::string& stage, double seconds) {
                                     printf("  %-20s %7.2f s\n", stage.c_str(), seconds);
                                   },
                                   2};
    const auto source = extract::open_source(
        "debian:6.1",
        series.empty() ? std::nullopt : std::optional(SGPROOF_CORPUS_DIR "/series/" + series),
        context);
    const auto names = extract::accessor_names(source.subject());
    accessors_ = {names.at("SGP_IS_BUS"), names.at("SGP_MARK_BUS"), names.at("SGP_UNMARK_BUS")};
    source_ = source.subject();
  }

  Booted& add(const std::string& trace_name) {
    const auto trace = read_trace_file(std::filesystem::path(SGPROOF_EXPORT_TESTDATA) / trace_name);
    const auto n = std::to_string(modules_.size() / 2);
    modules_.push_back({"kunit" + n, export_kunit(trace, accessors_)});
    modules_.push_back({"module" + n, export_module(trace, accessors_)});
    return *this;
  }

  [[nodiscard]] std::string console() const {
    const extract::CacheDir cache;
    const extract::Context context{cache, {}, [](const std::string&, double) {}, 2};
    const auto image = replay::build_modules(source_, "x86_64", modules_, context);
    const auto run = replay::load_modules(image, replay::CpuKind::NotForwarding,
                                          {.boot = std::chrono::seconds(180),
                                           .progress = std::chrono::seconds(180),
                                           .total = std::chrono::seconds(600)});
    EXPECT_EQ(run.end, replay::QemuEnd::Exited);
    EXPECT_EQ(run.rings, modules_.size()) << run.console;
    EXPECT_THAT(run.console, Not(HasSubstr("cannot load")));
    EXPECT_THAT(run.console, Not(HasSubstr("SKIP")));
    printf("%s\n", telling(run.console).c_str());
    return run.console;
  }

 private:
  /// The lines that the tests printed.
  static std::string telling(const std::string& console) {
    std::istringstream in(console);
    std::string out;
    const std::regex ours("ok [0-9]|PASS|FAIL|EXPECTATION|==|Expected|sgproof");
    for (std::string line; std::getline(in, line);)
      if (std::regex_search(line, ours)) out += "  " + line + "\n";
    return out;
  }

  extract::Tree source_;
  Accessors accessors_;
  std::vector<replay::ModuleSource> modules_;
};

bool suite_passes(const std::string& console, const std::string& name) {
  return std::regex_search(console, std::regex("\\] ok [0-9]+ (- )?sgproof_" + name + "\\b"));
}

bool suite_fails(const std::string& console, const std::string& name) {
  return std::regex_search(console, std::regex("\\] not ok [0-9]+ (- )?sgproof_" + name + "\\b"));
}

TEST(ExportBoot, PeerCounterexamplesFailOnTheSeriesAndPassWhereItIsRepaired) {
  constexpr const char* kAddress = "MAP-1.address.json";
  constexpr const char* kMark = "MAP-3.unmarked-after-unmap.json";
  const auto defective = Booted("rfc-v2").add(kAddress).add(kMark).console();
  for (const char* name : {"map_1_address", "map_3_unmarked_after_unmap"}) {
    EXPECT_TRUE(suite_fails(defective, name)) << name;
    EXPECT_FALSE(suite_passes(defective, name)) << name;
  }
  EXPECT_THAT(defective, HasSubstr("FAIL: step 3, entry 0: dma_address (MAP-1 address)"));
  const auto repaired = Booted("rfc-v2-fixed").add(kAddress).add(kMark).console();
  for (const char* name : {"map_1_address", "map_3_unmarked_after_unmap"}) {
    EXPECT_TRUE(suite_passes(repaired, name)) << name;
    EXPECT_FALSE(suite_fails(repaired, name)) << name;
  }
  EXPECT_THAT(repaired, HasSubstr("PASS: step 3, entry 0: dma_address (MAP-1 address)"));
  EXPECT_THAT(repaired, Not(HasSubstr("FAIL: ")));
}

TEST(ExportBoot, AListCounterexampleFailsOnTheSeriesAndPassesWithoutIt) {
  constexpr const char* kMark = "ENC-5.init-no-bus-mark.json";
  const auto defective = Booted("break-enc5").add(kMark).console();
  EXPECT_TRUE(suite_fails(defective, "enc_5_init_no_bus_mark"));
  EXPECT_THAT(defective, HasSubstr("FAIL: step 0, entry 0: bus-address mark"));
  const auto base = Booted("").add(kMark).console();
  EXPECT_TRUE(suite_passes(base, "enc_5_init_no_bus_mark"));
  EXPECT_THAT(base, Not(HasSubstr("FAIL: ")));
}

}  // namespace
}  // namespace sgproof::gate

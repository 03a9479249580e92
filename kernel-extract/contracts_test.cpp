// The declarations of the contracts, and the record of the code that they were compared with.
#include "kernel-extract/contracts.hpp"

#include <gmock/gmock.h>

#include "kernel-extract/harness.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/source_code.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class ContractsTest : public testing::Scratch {};

TEST_F(ContractsTest, EveryFileOfTheHarnessIsOneContractThatSaysWhatItAssumesAndWhy) {
  std::vector<std::string> files;
  for (const auto& name : list_tree(harness_dir()))
    if (name.starts_with("env_") && name.ends_with(".c")) files.push_back(name);
  std::vector<std::string> declared;
  for (const auto& contract : load_contracts().all) {
    declared.push_back(contract.file);
    EXPECT_EQ(contract.file, "env_" + contract.name + ".c");
    EXPECT_FALSE(contract.subject.empty() || contract.assumes.empty() || contract.because.empty())
        << contract.name;
  }
  EXPECT_THAT(declared, ::testing::UnorderedElementsAreArray(files));
}

TEST_F(ContractsTest, StandInsAreWhatTheKernelsCodeReaches) {
  Module module;
  const auto add = [&](const std::string& name, const std::string& file,
                       const std::vector<std::string>& calls, const std::vector<std::string>& takes,
                       bool reachable) {
    Function f;
    f.name = name;
    f.source_name = name.substr(0, name.find('.'));
    f.file = file;
    f.calls = calls;
    f.takes = takes;
    f.reachable = reachable;
    module.functions.push_back(f);
  };
  add("dma_map", "kernel/dma/mapping.c", {"xa_load", "helper.env_a.c"}, {}, true);
  add("sgp_run", "/sgp/tu_run.c", {"sgp_build"}, {}, true);
  add("sgp_build", "/sgp/env_iommu.c", {}, {"sgp_map_pages"}, true);
  add("sgp_map_pages", "/sgp/env_iommu.c", {"sgp_enter"}, {}, true);
  add("sgp_enter", "/sgp/env_iommu.c", {}, {}, true);
  add("xa_load", "/sgp/env_xarray.c", {}, {}, true);
  add("helper.env_a.c", "/sgp/env_a.c", {}, {}, true);
  add("schedule", "/sgp/env_sched.c", {}, {}, false);
  add("gone", "mm/gone.c", {"schedule"}, {}, false);
  EXPECT_THAT(stand_ins(module), UnorderedElementsAre("helper", "sgp_map_pages", "xa_load"));
}

TEST_F(ContractsTest, AssemblyIsOfItsArchitecture) {
  EXPECT_TRUE(is_of_arch({"lib/xarray.c", "xa_load"}, "mips"));
  EXPECT_TRUE(is_of_arch({"arch/mips/lib/memset.S", "memset"}, "mips"));
  EXPECT_FALSE(is_of_arch({"arch/arm/lib/memset.S", "memset"}, "arm64"));
  EXPECT_TRUE(is_of_arch({"arch/x86/lib/memset_64.S", "memset"}, "um"));
}

TEST_F(ContractsTest, TheRecordIsReadAsItWasWritten) {
  ::setenv("SGPROOF_CONTRACT_CODE", (dir / "code.json").c_str(), 1);
  ComparedCode code;
  code.trees["6.1.7"].files["a.c"] = sha256("int a;\n");
  code.trees["6.1.7"].functions[{"a.c", "f"}] = {"11", "22"};
  store_compared_code(code);
  const auto read = load_compared_code();
  EXPECT_TRUE(read.has_file("a.c", "int a;\n"));
  EXPECT_FALSE(read.has_file("a.c", "int b;\n"));
  EXPECT_FALSE(read.has_file("b.c", "int a;\n"));
  EXPECT_TRUE(read.has({"a.c", "f"}, "22"));
  EXPECT_FALSE(read.has({"a.c", "f"}, "33"));
  EXPECT_FALSE(read.has({"a.c", "g"}, "11"));
  put("code.json", "{\"schema\": \"another\", \"trees\": {}}");
  EXPECT_EQ(testing::error_of([] { (void)load_compared_code(); })->id(), "SGP-E0132");
  ::unsetenv("SGPROOF_CONTRACT_CODE");
}

TEST_F(ContractsTest, FunctionsOfTheKernelAreFileAndName) {
  const auto file = put("c.json",
                        R"({"schema": "sgproof-contracts/1", "read_with": {"a.h": "a.c"},
      "contracts": [{"name": "x", "file": "env_x.c", "subject": "s", "assumes": "a",
                     "because": "b", "functions": {"f": ["lib/a.c:g", "a.h:f"], "sgp_f": []},
                     "shown_by": "SWT", "not_shown": ["g"]}]})");
  ::setenv("SGPROOF_CONTRACTS", file.c_str(), 1);
  const auto contracts = load_contracts();
  ASSERT_EQ(contracts.all.size(), 1U);
  EXPECT_THAT(contracts.all[0].functions.at("f"),
              ElementsAre(KernelFunction{"lib/a.c", "g"}, KernelFunction{"a.h", "f"}));
  EXPECT_TRUE(contracts.all[0].functions.at("sgp_f").empty());
  EXPECT_THAT(contracts.all[0].not_shown, ElementsAre("g"));
  EXPECT_EQ(contracts.unit_of("a.h"), "a.c");
  EXPECT_EQ(contracts.unit_of("lib/a.c"), "lib/a.c");
  put("c.json", R"({"schema": "sgproof-contracts/1", "read_with": {}, "contracts": [{"name": "x",
      "file": "env_x.c", "subject": "s", "assumes": "a", "because": "b",
      "functions": {"f": ["lib/a.c"]}}]})");
  EXPECT_EQ(testing::error_of([] { (void)load_contracts(); })->id(), "SGP-E0132");
  ::unsetenv("SGPROOF_CONTRACTS");
}

TEST_F(ContractsTest, ClangQueryGetsTheKernelsFlagsWithoutItsOutputs) {
  const auto flags =
      query_flags({"clang-19", "-Wp,-MMD,kernel/dma/.direct.ll.d", "-DX", "-emit-llvm", "-S", "-o",
                   "kernel/dma/direct.ll", "/src/kernel/dma/direct.c"},
                  "/src/lib/xarray.c");
  EXPECT_THAT(flags, Contains("-DX"));
  for (const auto& word : flags)
    EXPECT_FALSE(word == "-o" || word == "-c" || word == "-emit-llvm" || word.starts_with("-Wp,") ||
                 word.starts_with("/") || word == "clang-19")
        << word;
}

}  // namespace
}  // namespace sgproof::extract

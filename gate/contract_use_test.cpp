// The contracts against real trees: what is declared, what is recorded, what a series changes.
// Needs the packages linux-source-6.1 and linux-source-6.12; what it builds is kept in the cache.
#include "gate/contract_use.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "gate/session.hpp"
#include "gate/tests_enter.hpp"
#include "kernel-extract/extract.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::gate {
namespace {
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ContractUseTest : public extract::testing::Scratch {
 protected:
  ContractUseTest() : real_{kept_, {}, {}, 2} {}

  std::vector<ContractUse> uses(const std::string& kernel, const std::string& config,
                                const std::optional<std::string>& patch = {}) {
    std::optional<std::string> series;
    if (patch) series = put("p.patch", *patch).string();
    const auto source = extract::open_source(kernel, series, real_);
    const auto module = extract::extract_module(source.subject(), config, {}, real_);
    return contract_uses(extract::load_contracts(), extract::load_compared_code(), source.subject(),
                         source.patched ? &source.base : nullptr, module, real_);
  }

  /// "contract: function: part", of what the patch changes.
  std::vector<std::string> changed(const std::string& patch) {
    std::vector<std::string> out;
    for (const auto& use : uses("debian:6.1", "x86_64", patch))
      for (const auto& f : use.functions)
        if (f.changed) {
          if (f.parts.empty()) out.push_back(use.contract + ": " + f.function);
          for (const auto& part : f.parts)
            out.push_back(use.contract + ": " + f.function + ": " + part.name);
        }
    return out;
  }

  /// A patch that replaces lines of the tree's file.
  std::string edit(const std::string& file, const std::string& from, const std::string& to) {
    const auto source = extract::open_source("debian:6.1", {}, real_);
    const auto text = extract::read_file(source.base.path / file);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    const auto begin = text.rfind('\n', at - 2) + 1;  // the line before
    const auto end = text.find('\n', at + from.size()) + 1;
    const auto before = text.substr(begin, at - begin);
    const auto after = text.substr(at + from.size(), end - at - from.size());
    const auto lines = [](const std::string& part) { return std::ranges::count(part, '\n'); };
    const auto hunk = [](char sign, const std::string& part) {
      std::string out;
      std::istringstream in(part);
      for (std::string line; std::getline(in, line);) out += sign + line + "\n";
      return out;
    };
    const auto first = lines(text.substr(0, begin)) + 1;
    return fmt::format("--- a/{0}\n+++ b/{0}\n@@ -{1},{2} +{1},{3} @@\n", file, first,
                       lines(from) + 2, lines(to) + 2) +
           hunk(' ', before) + hunk('-', from) + hunk('+', to) + hunk(' ', after);
  }

  extract::CacheDir kept_;
  extract::Context real_;
};

class OfEveryConfiguration : public ContractUseTest,
                             public ::testing::WithParamInterface<std::string> {};

// What stands in for the kernel's code is declared, the tree has what it is declared to stand for,
// and the record has that code.
TEST_P(OfEveryConfiguration, WhatStandsInIsDeclaredAndWasComparedWithBothTrees) {
  const auto contracts = extract::load_contracts();
  for (const std::string kernel : {"debian:6.1", "debian:6.12"}) {
    const auto source = extract::open_source(kernel, {}, real_);
    std::optional<extract::Module> module;
    try {
      module = extract::extract_module(source.base, GetParam(), {}, real_);
    } catch (const Error& error) {
      EXPECT_EQ(error.id(), "SGP-E0121") << error.what();  // not a configuration of this tree
      continue;
    }
    for (const auto& stand_in : extract::stand_ins(*module))
      EXPECT_TRUE(std::ranges::any_of(
          contracts.all,
          [&](const auto& contract) { return contract.functions.contains(stand_in); }))
          << stand_in << " of " << GetParam() << " on " << kernel << " is in no contract";
    // no drivers of Intel elsewhere, and none of the kernel's own memcpy() where it is the
    // compiler's
    const auto code = code_of_contracts(contracts, source.base, GetParam(), real_);
    const auto compared = extract::load_compared_code();
    for (const auto& [function, hashes] : code.functions)
      for (const auto& hash : hashes)
        EXPECT_TRUE(compared.has(function, hash))
            << function.name << " of " << function.file << " in " << GetParam() << " on " << kernel;
    for (const auto& [file, digest] : code.files)
      EXPECT_EQ(compared.trees.at(source.base.version.text()).files.at(file), digest) << file;
    for (const auto& use : uses(kernel, GetParam()))
      for (const auto& f : use.functions)
        EXPECT_TRUE(f.code == ContractCode::Same ||
                    (use.contract.starts_with("iommu") && GetParam() != "x86_64"))  // not Intel's
            << f.stands_in << " (" << name(f.code) << ") in " << GetParam() << " on " << kernel;
  }
}

INSTANTIATE_TEST_SUITE_P(Contracts, OfEveryConfiguration,
                         ::testing::Values("x86_64", "i386", "mips", "riscv64", "arm", "arm64",
                                           "ppc32", "s390", "um", "x86_64-debug-sg",
                                           "x86_64-no-iommu", "x86_64-static-keys", "i386-pae",
                                           "x86_64-slob", "riscv32", "ppc64le",
                                           "ppc64le-no-swiotlb", "riscv64-p2pdma"),
                         [](const auto& one) {
                           auto name = one.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// Each function that a contract declares is one of at least one of the two trees.
TEST_F(ContractUseTest, EveryDeclaredFunctionIsInATree) {
  const auto contracts = extract::load_contracts();
  std::set<extract::KernelFunction> found;
  for (const auto& [version, tree] : extract::load_compared_code().trees)
    for (const auto& [function, hashes] : tree.functions) found.insert(function);
  for (const std::string kernel : {"debian:6.1", "debian:6.12"}) {
    const auto source = extract::open_source(kernel, {}, real_);
    for (const auto& contract : contracts.all)
      for (const auto& [stand_in, functions] : contract.functions)
        for (const auto& f : functions)
          if (!found.contains(f))
            if (const auto text = extract::read_beneath(source.base.path, f.file);
                text && text->find(f.name) != std::string::npos)
              found.insert(f);  // of a configuration that does not use it
  }
  for (const auto& contract : contracts.all)
    for (const auto& [stand_in, functions] : contract.functions)
      for (const auto& f : functions) EXPECT_TRUE(found.contains(f)) << f.file << ": " << f.name;
}

TEST_F(ContractUseTest, AChangedFunctionIsSeenAndSoIsAStaticHelper) {
  EXPECT_THAT(
      changed(edit("lib/xarray.c", "void *xa_load(struct xarray *xa, unsigned long index)\n{\n",
                   "void *xa_load(struct xarray *xa, unsigned long index)\n{\n\tindex++;\n")),
      ElementsAre("xarray: xa_load: xa_load"));
  EXPECT_THAT(
      changed(
          edit("drivers/iommu/iova.c",
               "private_find_iova(struct iova_domain *iovad, unsigned long pfn)\n{\n",
               "private_find_iova(struct iova_domain *iovad, unsigned long pfn)\n{\n\tpfn++;\n")),
      ::testing::Contains("iommu: free_iova_fast: private_find_iova"));
}

TEST_F(ContractUseTest, CommentsAndOtherFunctionsOfTheFileChangeNothing) {
  EXPECT_THAT(
      changed(
          edit("lib/xarray.c", "void *xa_load(struct xarray *xa, unsigned long index)\n{\n",
               "void *xa_load(struct xarray *xa,\n\t\tunsigned long index)\n{ /* of a map */\n")),
      IsEmpty());
  EXPECT_THAT(changed(edit("lib/xarray.c", "void xa_destroy(struct xarray *xa)\n{\n",
                           "void xa_destroy(struct xarray *xa)\n{\n\tif (!xa)\n\t\treturn;\n")),
              IsEmpty());
}

TEST_F(ContractUseTest, AFileThatDoesNotCompileIsChanged) {
  bool any = false;
  for (const auto& use : uses("debian:6.1", "x86_64",
                              edit("lib/xarray.c", "void xa_destroy(struct xarray *xa)\n{\n",
                                   "void xa_destroy(struct xarray *xa)\n{\n\tno_such_thing;\n")))
    for (const auto& f : use.functions)
      if (f.changed) {
        any = true;
        EXPECT_EQ(f.code, ContractCode::Unknown);
        EXPECT_THAT(f.parts, IsEmpty());
      }
  EXPECT_TRUE(any);
}

// What the native tests of a statement go through: of tables the allocator, behind an IOMMU its
// addresses, and neither the other.
TEST_F(ContractUseTest, TestsOfTablesAndOfTranslatedListsEnterDifferentContracts) {
  const auto source = extract::open_source("debian:6.1", {}, real_);
  const auto module = extract::extract_module(source.base, "x86_64", {}, real_);
  auto subject = subject_of(module, real_);
  const auto entered = entered_by_tests(subject, 1, {});
  const auto& tables = entered.at({"LST-2", "inside", "sg_alloc_table"});
  EXPECT_TRUE(tables.contains("kfree"));
  EXPECT_TRUE(tables.contains("__kmalloc"));
  EXPECT_FALSE(tables.contains("alloc_iova_fast"));
  const auto& translated = entered.at({"IOM-1", "covers", "dma_map_sg_attrs"});
  EXPECT_TRUE(translated.contains("alloc_iova_fast"));
  EXPECT_TRUE(translated.contains("sgp_map_pages"));
  EXPECT_FALSE(translated.contains("kfree"));
  EXPECT_FALSE(translated.contains("sgp_swiotlb_tbl_map_single")) << "all devices are trusted";
}

TEST_F(ContractUseTest, TestsOfUntrustedDevicesEnterTheirBounceBuffers) {
  const auto source = extract::open_source("debian:6.1", {}, real_);
  const auto module = extract::extract_module(source.base, "arm64", {}, real_);
  auto subject = subject_of(module, real_);
  ASSERT_TRUE(subject.runner) << subject.no_runner;
  const auto entered = entered_by_tests(subject, 1, {});
  EXPECT_TRUE(
      entered.at({"IOM-1", "covers", "dma_map_sg_attrs"}).contains("sgp_swiotlb_tbl_map_single"));
}

}  // namespace
}  // namespace sgproof::gate

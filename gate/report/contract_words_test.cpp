#include "gate/report/contract_words.hpp"

#include <gmock/gmock.h>

#include "gate/report/report.hpp"
#include "gate/report/test_results.hpp"

namespace sgproof::gate {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

ContractFunction function(ContractCode code) {
  ContractFunction f;
  f.stands_in = f.function = "xa_load";
  f.file = "lib/xarray.c";
  f.line = 12;
  f.code = code;
  return f;
}

ContractUse use_of(const std::vector<ContractFunction>& functions,
                   const std::string& config = "x86_64") {
  return {"xarray", config, "env_xarray.c", "the cache", "it is a map", "it is one", functions};
}

TEST(ContractWords, ChangedPartsAreNamedWithTheirLines) {
  auto f = function(ContractCode::Differs);
  f.changed = true;
  f.parts = {{"xa_load", 12}};
  EXPECT_EQ(changed_words(f), "xa_load() (lib/xarray.c:12)");
  f.parts = {{"xas_load", 5}};
  EXPECT_EQ(changed_words(f), "xa_load() (lib/xarray.c:12) by xas_load (line 5)");
  f.parts = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}, {"f", 6}};
  EXPECT_EQ(changed_words(f),
            "xa_load() (lib/xarray.c:12) by a (line 1), b (line 2), c (line 3), d (line 4) and 2 "
            "more");
  f.parts = {};
  EXPECT_THAT(changed_words(f), HasSubstr("clang cannot read"));
}

TEST(ContractWords, OnlyWhatTheSeriesChangesIsListed) {
  auto changed = function(ContractCode::Differs);
  changed.changed = true;
  changed.parts = {{"xa_load", 12}};
  EXPECT_THAT(changed_contracts({use_of({function(ContractCode::Differs)})}), IsEmpty());
  EXPECT_THAT(
      changed_contracts({use_of({changed}), use_of({function(ContractCode::Same)}, "i386")}),
      ElementsAre("xarray (env_xarray.c) in x86_64: xa_load() (lib/xarray.c:12)"));
  changed.shown_by = "SWT";
  EXPECT_THAT(changed_contracts({use_of({changed})}),
              ElementsAre(HasSubstr("the SWT invariants show")));
}

TEST(ContractWords, WhatWasNotComparedIsTrustedByName) {
  EXPECT_THAT(trusted_contracts({use_of({function(ContractCode::Same)})}), SizeIs(1));
  const auto differs = trusted_contracts({use_of({function(ContractCode::Differs)}),
                                          use_of({function(ContractCode::Differs)}, "i386")});
  ASSERT_THAT(differs, SizeIs(2));
  EXPECT_THAT(differs[1], HasSubstr("contract xarray (env_xarray.c)"));
  EXPECT_THAT(differs[1], HasSubstr("xa_load() (lib/xarray.c:12)"));
  EXPECT_THAT(trusted_contracts({use_of({function(ContractCode::Unknown)})}),
              ElementsAre(::testing::_, HasSubstr("clang cannot read")));
  ContractFunction absent;
  absent.stands_in = "sgp_map_pages";
  absent.code = ContractCode::Absent;
  EXPECT_THAT(trusted_contracts({use_of({absent})}),
              ElementsAre(::testing::_, HasSubstr("sgp_map_pages")));
}

TEST(ContractWords, ReportsNameContractFunctionAndLine) {
  auto result = testing::full_result();
  result.error.reset();
  for (const Format format : {Format::Text, Format::Markdown, Format::Html}) {
    const auto text = report(result, format);
    EXPECT_THAT(text, HasSubstr("iova.c:439")) << name(format);
    EXPECT_THAT(text, HasSubstr("drivers/iommu/iova.c:439")) << name(format);
  }
  result.contracts.clear();
  for (const Format format : {Format::Text, Format::Markdown, Format::Html})
    EXPECT_THAT(report(result, format), Not(HasSubstr("iova.c"))) << name(format);
}

TEST(ContractWords, TheResultHasEveryContractOfEveryConfiguration) {
  const auto json = to_json(testing::full_result());
  const auto& use = json.at("contracts").at(0);
  EXPECT_EQ(use.at("contract"), "iommu");
  EXPECT_EQ(use.at("config"), "x86_64");
  const auto& changed = use.at("functions").at(0);
  EXPECT_EQ(changed.at("code"), "differs");
  EXPECT_EQ(changed.at("changed"), true);
  EXPECT_EQ(changed.at("parts").at(1).at("name"), "find_limit");
  EXPECT_EQ(use.at("functions").at(1).at("shown_by"), "SWT");
  EXPECT_EQ(to_json(result_from_json(json)), json);
}

}  // namespace
}  // namespace sgproof::gate

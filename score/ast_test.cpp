// What is read from clang's syntax tree.
#include "score/ast.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "model/error.hpp"
#include "score/testing.hpp"

namespace sgproof::score {
namespace {

const std::string kCode = R"(#define TWICE(x) ((x) + (x))
#define FAIL 22
int other(int a);
int function(int a);
int function(int a)
{
	int b = TWICE(a - 1);

	if (b < a)
		return -FAIL;
	return other(b) + 3;
}
int function_2(void) { return 7; }
)";

void each(const Syntax& s, const std::function<void(const Syntax&)>& visit) {
  visit(s);
  for (const Syntax& c : s.children) each(c, visit);
}

std::vector<std::string> texts(const FunctionSyntax& f, const std::string& kind) {
  std::vector<std::string> out;
  each(f.body, [&](const Syntax& s) {
    if (s.kind == kind && s.span) out.push_back(kCode.substr(s.span->begin, s.span->size()));
  });
  return out;
}

TEST(Syntax, IsThatOfTheDefinitionOfExactlyThatName) {
  const testing::CFile file(kCode);
  const FunctionSyntax f = file.syntax("function");
  EXPECT_EQ(f.file, file.path().string());
  EXPECT_EQ(f.return_type, "int");
  ASSERT_EQ(f.parameters.size(), 1U);
  EXPECT_EQ(f.parameters[0].name, "a");
  EXPECT_EQ(texts(f, "ParenExpr"), (std::vector<std::string>{}));
  EXPECT_EQ(texts(f, "CallExpr"), (std::vector<std::string>{"other(b)"}));
}

TEST(Syntax, ArgumentsOfMacrosCanBeEditedAndTheirBodiesCannot) {
  const testing::CFile file(kCode);
  const FunctionSyntax f = file.syntax("function");
  const auto operators = texts(f, "BinaryOperator");
  // the argument is there twice, once for each use; the sum of the macro is not there
  EXPECT_EQ(operators, (std::vector<std::string>{"a - 1", "a - 1", "b < a", "other(b) + 3"}));
  std::string written;
  each(f.body, [&](const Syntax& s) {
    if (s.kind == "IntegerLiteral" && !s.span && s.written)
      written = kCode.substr(s.written->begin, s.written->size());
  });
  EXPECT_EQ(written, "FAIL");
}

TEST(Syntax, WhatIsCutOffIsAnError) {
  try {
    (void)read_syntax(R"({"kind": "FunctionDecl", "name": "f", "inner": [)", "f");
    FAIL() << "half a document was read";
  } catch (const Error& e) {
    EXPECT_EQ(e.id(), "SGP-E0701");
  }
}

}  // namespace
}  // namespace sgproof::score

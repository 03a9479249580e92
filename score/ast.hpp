// What clang says about a function: the parts of its syntax tree that can be edited as text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sgproof::score {

/// Bytes `begin` to `end` of one file.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
  bool operator==(const Span&) const = default;
};

/// A node of clang's syntax tree.
struct Syntax {
  std::string kind;             ///< "IfStmt", "BinaryOperator", …
  std::string name;             ///< of a declaration, a member, or what a reference names
  std::string opcode;           ///< of an operator
  std::string type;             ///< of an expression or a variable
  std::string value;            ///< of a literal
  bool is_variable = false;     ///< a reference to a variable or parameter
  bool prefix = true;           ///< of a unary operator
  std::optional<Span> span;     ///< absent: made by a macro's body, or in another file
  std::optional<Span> written;  ///< like span, and for what a macro made the macro's use
  bool ends_in_macro = false;   ///< `written` ends with a macro's name; its arguments may follow
  std::vector<Syntax> children;
};

/// The member's own name, of a MemberExpr ("offset").
[[nodiscard]] std::string member_name(const Syntax& s);

/// A function with a body.
struct FunctionSyntax {
  std::string name;
  std::string file;         ///< as clang was given it: "/src/kernel/dma/direct.c"
  std::string return_type;  ///< "int"
  Syntax body;
  std::vector<Syntax> parameters;
};

/// Reads the documents that `clang -ast-dump=json -ast-dump-filter=NAME` prints one after the
/// other, and returns the definitions of functions of exactly that name. Throws
/// sgproof::Error(Environment, SGP-E0701) when it is no such text.
[[nodiscard]] std::vector<FunctionSyntax> read_syntax(const std::string& dump,
                                                      const std::string& name);

}  // namespace sgproof::score

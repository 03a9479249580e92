#include "score/harmless.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace sgproof::score {
namespace {

/// Whether it writes anything or calls something.
bool acts(const Syntax& s) {
  if (s.kind == "CallExpr" || s.kind == "StmtExpr" || s.kind == "CompoundAssignOperator" ||
      s.opcode == "=" || s.opcode == "++" || s.opcode == "--")
    return true;
  return std::any_of(s.children.begin(), s.children.end(), acts);
}

/// Variables and members that it names.
void names_in(const Syntax& s, std::set<std::string>& out) {
  if (s.kind == "DeclRefExpr") out.insert(s.name);
  if (s.kind == "MemberExpr") out.insert(member_name(s));
  for (const Syntax& c : s.children) names_in(c, out);
}

/// A statement that only gives one variable or member a value.
struct Setting {
  std::string target;
  std::set<std::string> reads;  ///< names in its value, and in what leads to the member
  Span span;
};

std::optional<Setting> setting_of(const Syntax& s) {
  if (!s.span || s.written != s.span) return std::nullopt;
  Setting out{"", {}, *s.span};
  if (s.kind == "BinaryOperator" && s.opcode == "=" && s.children.size() == 2) {
    const Syntax &to = s.children[0], &value = s.children[1];
    if (acts(to) || acts(value) || !value.written) return std::nullopt;
    if (to.kind == "DeclRefExpr")
      out.target = to.name;
    else if (to.kind == "MemberExpr")
      out.target = member_name(to);
    else
      return std::nullopt;
    for (const Syntax& c : to.children) names_in(c, out.reads);
    names_in(value, out.reads);
    return out;
  }
  if (s.kind == "DeclStmt" && s.children.size() == 1 && s.children[0].kind == "VarDecl" &&
      !s.children[0].children.empty() && !acts(s.children[0])) {
    out.target = s.children[0].name;
    names_in(s.children[0], out.reads);
    return out;
  }
  return std::nullopt;
}

class Rewriter {
 public:
  explicit Rewriter(Mutator& out) : out_(out) {}

  void walk(const Syntax& s) {
    if (s.kind == "BinaryOperator" && s.children.size() == 2) exchanged(s);
    if (s.kind == "CompoundStmt") block(s);
    value(s);
    for (const Syntax& c : s.children) walk(c);
  }

 private:
  /// The same with its operands exchanged; neither may do anything.
  void exchanged(const Syntax& s) {
    static const std::map<std::string, std::string> kMirrored = {
        {"+", "+"},   {"*", "*"}, {"&", "&"}, {"|", "|"},   {"^", "^"},  {"==", "=="},
        {"!=", "!="}, {"<", ">"}, {">", "<"}, {"<=", ">="}, {">=", "<="}};
    const auto it = kMirrored.find(s.opcode);
    if (!s.span || it == kMirrored.end() || acts(s) || !s.children[0].span || !s.children[1].span)
      return;
    out_.harmless("exchange operands", *s.span,
                  "((" + out_.text(*s.children[1].span) + ") " + it->second + " (" +
                      out_.text(*s.children[0].span) + "))");
  }

  /// A condition, or what is returned.
  void value(const Syntax& s) {
    const bool condition = s.kind == "IfStmt" || s.kind == "ConditionalOperator";
    const bool loop = s.kind == "WhileStmt" || s.kind == "DoStmt";
    if ((!condition && !loop && s.kind != "ReturnStmt") || s.children.empty()) return;
    const Syntax& c = s.children.front();
    if (!c.written || c.written == s.written) return;  // both are the same use of a macro
    const std::string text = out_.text(*c.written);
    if (condition || loop) out_.harmless("negate twice", *c.written, fmt::format("(!!({}))", text));
    if (s.kind == "IfStmt" || s.kind == "ReturnStmt")
      out_.harmless(
          "temporary", *c.written,
          fmt::format("({{ __typeof__(({0}) + 0) sgp_value = ({0}); sgp_value; }})", text));
  }

  /// Neighbours that do not depend on each other change places.
  void block(const Syntax& s) {
    for (std::size_t i = 0; i + 1 < s.children.size(); ++i) {
      const auto a = setting_of(s.children[i]), b = setting_of(s.children[i + 1]);
      if (!a || !b || s.children[i].kind != s.children[i + 1].kind || a->target == b->target ||
          a->reads.count(b->target) != 0 || b->reads.count(a->target) != 0 ||
          a->span.end > b->span.begin)
        continue;
      out_.harmless(
          "reorder", {a->span.begin, b->span.end},
          out_.text(b->span) + out_.text({a->span.end, b->span.begin}) + out_.text(a->span));
    }
  }

  Mutator& out_;
};

}  // namespace

void add_harmless(const FunctionSyntax& function, Mutator& out) {
  Rewriter(out).walk(function.body);
}

}  // namespace sgproof::score

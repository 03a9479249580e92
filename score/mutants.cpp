#include "score/mutants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "score/harmless.hpp"
#include "score/mutator.hpp"

namespace sgproof::score {
namespace {

const std::multimap<std::string, std::string> kOperators = {
    {"+", "-"},   {"-", "+"},   {"*", "+"},   {"/", "*"},   {"%", "/"},   {"<<", ">>"},
    {">>", "<<"}, {"&", "|"},   {"|", "&"},   {"^", "|"},   {"<", "<="},  {"<", ">="},
    {"<=", "<"},  {"<=", ">"},  {">", ">="},  {">", "<="},  {">=", ">"},  {">=", "<"},
    {"==", "!="}, {"!=", "=="}, {"&&", "||"}, {"||", "&&"}, {"+=", "-="}, {"-=", "+="},
    {"|=", "&="}, {"&=", "|="}, {"|=", "="},  {"+=", "="},  {"++", "--"}, {"--", "++"}};

const std::vector<std::string> kErrors = {"EINVAL", "EIO", "ENOMEM", "EREMOTEIO"};

/// Types and what they are narrowed or widened to.
const std::map<std::string, std::string> kTypes = {
    {"u64", "u32"},           {"dma_addr_t", "u32"}, {"phys_addr_t", "u32"},
    {"unsigned long", "u32"}, {"size_t", "u16"},     {"unsigned int", "u16"},
    {"unsigned", "u16"},      {"u32", "u64"},        {"int", "s8"}};

const std::set<std::string> kStatements = {
    "CallExpr",  "BinaryOperator", "CompoundAssignOperator", "UnaryOperator", "ContinueStmt",
    "BreakStmt", "GotoStmt"};

/// Numbers near a literal as it is written.
std::vector<std::string> near(const std::string& literal) {
  if (literal == "0") return {"1"};
  if (literal == "1") return {"0", "2"};
  return {fmt::format("({} + 1)", literal), fmt::format("({} - 1)", literal), "0"};
}

/// Walks over the syntax of one function.
class FunctionMutator {
 public:
  FunctionMutator(const FunctionSyntax& function, Mutator& out) : function_(function), out_(out) {
    for (const Syntax& p : function.parameters) variables_.emplace_back(p.name, p.type);
    collect(function.body);
  }

  void run() {
    walk(function_.body);
    returns();
  }

 private:
  /// Members that the function names, by the type of the object and their own.
  void collect(const Syntax& s) {
    if (s.kind == "MemberExpr" && !s.children.empty())
      members_[{s.children.front().type, s.type}].insert(member_name(s));
    for (const Syntax& c : s.children) collect(c);
  }

  void walk(const Syntax& s) {
    const std::size_t scope = variables_.size();
    if (s.kind == "VarDecl") declared(s);
    expression(s);
    conditions(s);
    if (s.kind == "CompoundStmt")
      for (const Syntax& c : s.children)
        if (c.written != s.written) statement(c);  // else both are the same use of a macro
    if (s.kind == "IfStmt" || s.kind == "ForStmt" || s.kind == "WhileStmt")
      if (!s.children.empty()) branch(s);
    for (const Syntax& c : s.children) walk(c);
    if (s.kind == "CompoundStmt" || s.kind == "ForStmt") variables_.resize(scope);
  }

  void declared(const Syntax& s) {
    variables_.emplace_back(s.name, s.type);
    if (!s.span) return;
    const std::string text = out_.text(*s.span);
    std::string longest;  // "unsigned long", not "unsigned"
    for (const auto& [from, to] : kTypes)
      if (text.starts_with(from + " ") && from.size() > longest.size()) longest = from;
    if (!longest.empty())
      out_.put("type", {s.span->begin, s.span->begin + longest.size()}, kTypes.at(longest));
  }

  void expression(const Syntax& s) {
    if (s.kind == "BinaryOperator" || s.kind == "CompoundAssignOperator") binary(s);
    if (s.kind == "UnaryOperator") unary(s);
    if (s.kind == "IntegerLiteral") literal(s);
    if (s.kind == "CallExpr") arguments(s);
    if (s.kind == "DeclRefExpr" && s.is_variable && s.span) variable(s);
    if (s.kind == "MemberExpr" && s.span) member(s);
  }

  void binary(const Syntax& s) {
    if (s.children.size() != 2 || !s.children[0].written || !s.children[1].written) return;
    const Span between{s.children[0].written->end, s.children[1].written->begin};
    if (between.begin >= between.end) return;
    const auto at = out_.text(between).find(s.opcode);
    if (at == std::string::npos) return;
    const Span token{between.begin + at, between.begin + at + s.opcode.size()};
    const auto [first, last] = kOperators.equal_range(s.opcode);
    for (auto it = first; it != last; ++it) out_.put("operator", token, it->second);
    // a mask or an addend that is not there
    if (s.span && (s.opcode == "&" || s.opcode == "|" || s.opcode == "+" || s.opcode == "-"))
      out_.put("drop operand", *s.span, out_.text(*s.children[0].written));
  }

  void unary(const Syntax& s) {
    if (!s.span || s.children.empty() || !s.children.front().span) return;
    const Span operand = *s.children.front().span;
    const auto [first, last] = kOperators.equal_range(s.opcode);
    if (s.opcode == "++" || s.opcode == "--") {
      const Span token =
          s.prefix ? Span{s.span->begin, s.span->begin + 2} : Span{s.span->end - 2, s.span->end};
      for (auto it = first; it != last; ++it) out_.put("operator", token, it->second);
    }
    if (s.opcode == "!" || s.opcode == "~" || s.opcode == "-")
      out_.put("drop " + s.opcode, *s.span, out_.text(operand));
  }

  void literal(const Syntax& s) {
    if (s.span) {
      for (const std::string& text : near(out_.text(*s.span))) out_.put("constant", *s.span, text);
      return;
    }
    if (!s.written) return;
    const std::string text = out_.text(*s.written);
    if (std::find(kErrors.begin(), kErrors.end(), text) == kErrors.end()) return;
    for (const std::string& other : kErrors)
      if (other != text) out_.put("error code", *s.written, other);
  }

  void arguments(const Syntax& s) {
    for (std::size_t i = 2; i < s.children.size(); ++i) {
      const Syntax &a = s.children[i - 1], &b = s.children[i];
      if (!a.span || !b.span || a.type != b.type || a.span->end > b.span->begin) continue;
      out_.put("swap arguments", {a.span->begin, b.span->end},
               out_.text(*b.span) + out_.text({a.span->end, b.span->begin}) + out_.text(*a.span));
    }
  }

  void variable(const Syntax& s) {
    unsigned tried = 0;
    for (auto it = variables_.rbegin(); it != variables_.rend() && tried < 2; ++it)
      if (it->second == s.type && it->first != s.name && !it->first.empty()) {
        out_.put("variable", *s.span, it->first);
        ++tried;
      }
  }

  void member(const Syntax& s) {
    if (s.children.empty()) return;
    const std::string name = member_name(s);
    const std::string text = out_.text(*s.span);
    if (!text.ends_with(name)) return;
    for (const std::string& other : members_[{s.children.front().type, s.type}])
      if (other != name) out_.put("field", {s.span->end - name.size(), s.span->end}, other);
  }

  void conditions(const Syntax& s) {
    const bool loop = s.kind == "WhileStmt" || s.kind == "DoStmt";
    if (s.kind != "IfStmt" && s.kind != "ConditionalOperator" && !loop) return;
    if (s.children.empty() || !s.children.front().written) return;
    const Syntax& c = s.children.front();
    if (c.written == s.written) return;  // both are the same use of a macro
    const Span span = *c.written;
    out_.put("negate condition", span, fmt::format("(!({}))", out_.text(span)));
    if (loop) return;
    out_.put("drop condition", span, "1");
    out_.put("drop condition", span, "0");
  }

  /// A statement of a block: dropped, or never reached.
  void statement(const Syntax& s) {
    const bool macro = s.ends_in_macro && !s.span;  // BUG_ON(…), whatever it is made of
    if (!s.written || (kStatements.count(s.kind) == 0 && !macro)) return;
    out_.put("drop statement", *s.written, "do { } while (0)");
  }

  /// The statements below an if or a loop that stand without a block.
  void branch(const Syntax& s) {
    for (std::size_t i = 1; i < s.children.size(); ++i) {
      if (s.kind == "ForStmt" && i + 1 < s.children.size()) continue;
      statement(s.children[i]);
    }
  }

  /// An early return before each statement of the function's outermost block.
  void returns() {
    const std::string& type = function_.return_type;
    std::vector<std::string> texts;
    if (type == "void")
      texts = {"return; "};
    else if (type == "bool" || type == "_Bool")
      texts = {"return true; ", "return false; "};
    else
      texts = {"return 0; "};
    bool first = true;
    for (const Syntax& s : function_.body.children) {
      if (s.kind == "DeclStmt" || !s.written) continue;
      if (first || s.kind == "ReturnStmt")
        for (const std::string& text : texts)
          out_.put("early return", {s.written->begin, s.written->begin}, text);
      first = false;
    }
  }

  const FunctionSyntax& function_;
  Mutator& out_;
  std::vector<std::pair<std::string, std::string>> variables_;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> members_;
};

/// Behind the parenthesis that closes the one at `open`.
std::size_t closed(const std::string& source, std::size_t open) {
  unsigned depth = 0;
  char quote = 0;
  for (std::size_t i = open; i < source.size(); ++i) {
    const char c = source[i];
    if (quote != 0) {
      if (c == '\\')
        ++i;
      else if (c == quote)
        quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string::npos;
}

/// To clang the use of a macro is its name: the arguments are added.
void include_arguments(Syntax& s, const std::string& source) {
  if (s.written && s.ends_in_macro) {
    const auto open = source.find_first_not_of(" \t\n", s.written->end);
    if (open != std::string::npos && source[open] == '(')
      if (const auto end = closed(source, open); end != std::string::npos) s.written->end = end;
  }
  for (Syntax& child : s.children) include_arguments(child, source);
}

void in_order(std::vector<Mutant>& mutants) {
  std::stable_sort(mutants.begin(), mutants.end(),
                   [](const Mutant& a, const Mutant& b) { return a.span.begin < b.span.begin; });
}

}  // namespace

std::vector<Mutant> mutants_of(const FunctionSyntax& function, const std::string& source,
                               const std::string& file) {
  FunctionSyntax whole = function;
  include_arguments(whole.body, source);
  Mutator out(function.name, source, file);
  if (function.body.written) out.begin_at(function.body.written->begin);
  FunctionMutator(whole, out).run();
  add_harmless(whole, out);
  in_order(out.out);
  return std::move(out.out);
}

std::vector<Mutant> mutants_of_macros(const std::vector<std::string>& names,
                                      const std::string& source, const std::string& file) {
  Mutator out("", source, file);
  for (const std::string& name : names) {
    const std::regex define("#define[ \\t]+" + name + "[ \\t]+([^\\n]*)");
    std::smatch match;
    if (!std::regex_search(source, match, define)) continue;
    const auto base = static_cast<std::size_t>(match.position(1));
    const std::string body = match[1];
    out.begin_at(base);
    const std::regex number("\\b(0[xX][0-9a-fA-F]+|[0-9]+)(?=[uUlL]*\\b)");
    for (std::sregex_iterator it(body.begin(), body.end(), number), end; it != end; ++it) {
      const std::size_t at = base + static_cast<std::size_t>(it->position());
      const unsigned long value = std::stoul(it->str(), nullptr, 0);
      for (const unsigned long other : {value + 1, value << 1, value == 0 ? 1 : value - 1})
        out.put("macro", {at, at + static_cast<std::size_t>(it->length())},
                fmt::format("0x{:02x}", other));
    }
  }
  in_order(out.out);
  return std::move(out.out);
}

std::string mutated(const Mutant& mutant, const std::string& source) {
  return source.substr(0, mutant.span.begin) + mutant.text + source.substr(mutant.span.end);
}

}  // namespace sgproof::score

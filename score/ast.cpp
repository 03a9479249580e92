#include "score/ast.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "model/error.hpp"

namespace sgproof::score {
namespace {

using Json = nlohmann::ordered_json;  // the file of a location is that of the one before it

/// Reads one dump in the order in which clang wrote it.
class Reader {
 public:
  explicit Reader(const std::string& function) : wanted_(function) {}

  void declaration(const Json& json) {
    if (!json.is_object()) return;
    if (json.value("kind", "") != "FunctionDecl" || json.value("name", "") != wanted_) {
      skip(json);
      return;
    }
    FunctionSyntax f;
    f.name = wanted_;
    const std::string type = json.value("/type/qualType"_json_pointer, std::string());
    f.return_type = type.substr(0, type.find(" ("));
    for (const auto& [key, value] : json.items()) {
      if (key == "loc") (void)place(value);
      if (key == "range") {
        (void)place(value.value("begin", Json()));
        f.file = file_;
        home_ = file_;
        home_begin_ = value.value("/begin/offset"_json_pointer, std::size_t{0});
        home_end_ = value.value("/end/offset"_json_pointer, std::size_t{0}) + 1;
        (void)place(value.value("end", Json()));
      }
      if (key == "inner")
        for (const Json& child : value) {
          Syntax s = node(child);
          if (s.kind == "ParmVarDecl")
            f.parameters.push_back(std::move(s));
          else if (s.kind == "CompoundStmt")
            f.body = std::move(s);
        }
    }
    if (!f.body.kind.empty()) functions.push_back(std::move(f));
  }

  std::vector<FunctionSyntax> functions;

 private:
  /// A token: where it is written, and whether that can be edited.
  struct Token {
    std::string file;
    std::size_t offset = 0, length = 0;
    bool from_macro = false;  // made by the body of a macro that is used there
  };

  std::optional<Token> plain(const Json& loc) {
    if (!loc.is_object()) return std::nullopt;
    if (loc.contains("file")) file_ = loc["file"].get<std::string>();
    if (!loc.contains("offset")) return std::nullopt;
    return Token{file_, loc["offset"].get<std::size_t>(), loc.value("tokLen", std::size_t{0}),
                 false};
  }

  std::optional<Token> place(const Json& loc) {
    if (!loc.is_object() || !loc.contains("spellingLoc")) return plain(loc);
    auto spelled = plain(loc["spellingLoc"]);
    const Json& expansion = loc.value("expansionLoc", Json());
    auto used = plain(expansion);
    if (used && expansion.value("isMacroArgExpansion", false)) return spelled;
    if (used) used->from_macro = true;
    return used;
  }

  void skip(const Json& json) {
    if (json.is_array())
      for (const Json& item : json) skip(item);
    if (!json.is_object()) return;
    for (const auto& [key, value] : json.items()) {
      if (key == "file" && value.is_string()) file_ = value.get<std::string>();
      skip(value);
    }
  }

  void range(Syntax& s, const Json& json) {
    const auto begin = place(json.value("begin", Json()));
    const auto end = place(json.value("end", Json()));
    if (!begin || !end || begin->file != home_ || end->file != home_) return;
    const Span span{begin->offset, end->offset + end->length};
    // an argument of a macro may be written in another macro's body
    if (span.begin >= span.end || span.begin < home_begin_ || span.end > home_end_) return;
    s.written = span;
    s.ends_in_macro = end->from_macro;
    if (!begin->from_macro && !end->from_macro) s.span = span;
  }

  Syntax node(const Json& json) {
    Syntax s;
    s.kind = json.value("kind", "");
    s.name = json.value("name", "");
    s.opcode = json.value("opcode", "");
    s.prefix = !json.value("isPostfix", false);
    s.type = json.value("/type/qualType"_json_pointer, std::string());
    if (json.contains("value") && json["value"].is_string()) s.value = json["value"];
    for (const auto& [key, value] : json.items()) {
      if (key == "loc") (void)place(value);
      if (key == "range") range(s, value);
      if (key == "referencedDecl") {
        const std::string kind = value.value("kind", "");
        s.name = value.value("name", "");
        s.is_variable = kind == "VarDecl" || kind == "ParmVarDecl";
      }
      if (key == "inner")
        for (const Json& child : value) s.children.push_back(node(child));
    }
    return s;
  }

  const std::string& wanted_;
  std::string file_, home_;
  std::size_t home_begin_ = 0, home_end_ = 0;  // of the function
};

}  // namespace

std::string member_name(const Syntax& s) {
  const auto at = s.name.find_last_of(">.");  // clang writes "->offset" or ".offset"
  return at == std::string::npos ? s.name : s.name.substr(at + 1);
}

std::vector<FunctionSyntax> read_syntax(const std::string& dump, const std::string& name) {
  Reader reader(name);
  std::istringstream in(dump);
  try {
    while (in >> std::ws && in.peek() != std::istringstream::traits_type::eof()) {
      Json json;
      in >> json;
      reader.declaration(json);
    }
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorKind::Environment, "SGP-E0701", "mutate",
                std::string("clang's syntax tree cannot be read: ") + e.what())
        .at(name);
  }
  return std::move(reader.functions);
}

}  // namespace sgproof::score

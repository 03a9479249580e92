// Building XML and HTML with pugixml: all text is cleaned here and escaped by the library.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "gate/report/escape.hpp"

namespace sgproof::gate::xml {

/// Appends an element; `text` becomes its content where it is not empty.
inline pugi::xml_node element(pugi::xml_node parent, const char* tag, std::string_view text = {}) {
  pugi::xml_node node = parent.append_child(tag);
  if (!text.empty()) node.append_child(pugi::node_pcdata).set_value(xml_text(text).c_str());
  return node;
}

/// Sets an attribute; returns the node, for chains.
inline pugi::xml_node attribute(pugi::xml_node node, const char* key, std::string_view value) {
  node.append_attribute(key).set_value(xml_text(value).c_str());
  return node;
}

/// The document as text, UTF-8.
inline std::string text_of(const pugi::xml_document& document, unsigned flags) {
  struct Sink : pugi::xml_writer {
    std::string text;
    void write(const void* data, std::size_t size) override {
      text.append(static_cast<const char*>(data), size);
    }
  } sink;
  document.save(sink, " ", flags, pugi::encoding_utf8);
  return std::move(sink.text);
}

}  // namespace sgproof::gate::xml

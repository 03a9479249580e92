// Strings of unknown origin (kernel sources, patch names, messages of tools) made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace sgproof::gate {

/// Valid UTF-8: every byte that is not part of a well-formed sequence becomes U+FFFD.
std::string utf8(std::string_view bytes);

/// Valid UTF-8 on one line without control characters: those are written \xNN, a line break \n.
/// What a terminal or a KTAP parser may be given.
std::string one_line(std::string_view bytes);

/// Valid UTF-8 without characters that XML 1.0 forbids (they become U+FFFD); markup is left to the
/// XML library.
std::string xml_text(std::string_view bytes);

/// One line of Markdown text: markup and HTML are escaped.
std::string markdown_text(std::string_view bytes);

/// An inline code span of Markdown, also for text with backticks; usable in table cells.
std::string markdown_code(std::string_view bytes);

/// A relative URI reference for a path: RFC 3986 percent-encoding, slashes kept.
std::string uri_path(std::string_view bytes);

}  // namespace sgproof::gate

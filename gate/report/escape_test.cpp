#include "gate/report/escape.hpp"

#include <gtest/gtest.h>

namespace sgproof::gate {
namespace {

constexpr const char* kBad = "\xEF\xBF\xBD";

TEST(Utf8, KeepsWellFormedAndReplacesEveryOtherByte) {
  EXPECT_EQ(utf8("aé€😀"), "aé€😀");
  EXPECT_EQ(utf8("\xFFx"), std::string(kBad) + "x");
  EXPECT_EQ(utf8("\xC3"), kBad);
  EXPECT_EQ(utf8("\xC0\xAF"), std::string(kBad) + kBad);             // overlong
  EXPECT_EQ(utf8("\xED\xA0\x80"), std::string(kBad) + kBad + kBad);  // surrogate
  EXPECT_EQ(utf8("\xF4\x90\x80\x80").size(), 12U);                   // above U+10FFFF
  EXPECT_EQ(utf8("\xE2\x82z"), std::string(kBad) + kBad + "z");
}

TEST(OneLine, HasNoControlCharacters) {
  EXPECT_EQ(one_line("a\nb\r\x1b[31m\x7f\tc"), "a\\nb\\x0d\\x1b[31m\\x7f\\x09c");
  EXPECT_EQ(one_line("\xC2\x9B"), "\\xc2\\x9b");           // C1: a terminal takes it for ESC [
  EXPECT_EQ(one_line("\xE2\x80\xAE"), "\\xe2\\x80\\xae");  // right-to-left override
  EXPECT_EQ(one_line(std::string_view("\0", 1)), "\\x00");
}

TEST(XmlText, KeepsLineBreaksAndDropsWhatXmlForbids) {
  EXPECT_EQ(xml_text("a\n\tb"), "a\n\tb");
  EXPECT_EQ(xml_text("\x01"), kBad);
  EXPECT_EQ(xml_text("\xEF\xBF\xBE"), kBad);
  EXPECT_EQ(xml_text("<&>"), "<&>");
}

TEST(Markdown, TextAndCodeCannotBreakOut) {
  EXPECT_EQ(markdown_text("<b>|*_`"), "&lt;b&gt;\\|\\*\\_\\`");
  EXPECT_EQ(markdown_code("f"), "`f`");
  EXPECT_EQ(markdown_code("a`b"), "`` a`b ``");
  EXPECT_EQ(markdown_code("a|b"), "`a\\|b`");
  EXPECT_EQ(markdown_code(""), "–");
}

TEST(UriPath, EncodesAllButTheUnreserved) {
  EXPECT_EQ(uri_path("kernel/dma/direct.c"), "kernel/dma/direct.c");
  EXPECT_EQ(uri_path("a b:%\xFF"), "a%20b%3A%25%FF");
}

}  // namespace
}  // namespace sgproof::gate

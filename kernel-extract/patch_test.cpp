#include "kernel-extract/patch.hpp"

#include "kernel-extract/mail.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using testing::error_of;

const std::string kDiff =
    "diff --git a/kernel/x.c b/kernel/x.c\nindex 1..2 100644\n--- a/kernel/x.c\n+++ b/kernel/x.c\n"
    "@@ -1,3 +1,4 @@ int f(void)\n a\n-b\n+B\n+C\n c\n";

std::string mail(int number, int total, const std::string& diff,
                 const std::string& stat = " 1 file changed, 2 insertions(+), 1 deletion(-)\n") {
  return "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: A "
         "<a@b>\nSubject: [PATCH " +
         std::to_string(number) + "/" + std::to_string(total) +
         "] change\n x\n\nText.\n---\n kernel/x.c | 3 ++-\n" + stat + "\n" + diff +
         "-- \n2.39.5\n\n";
}

std::optional<Error> parse_error(const std::string& text) {
  return error_of([&] { (void)parse_patches(text, "s.mbox"); });
}

TEST(Patch, ReadsAPlainDiff) {
  const auto patches = parse_patches("some text\n" + kDiff, "dir/one.patch");
  ASSERT_EQ(patches.size(), 1U);
  EXPECT_EQ(patches[0].name, "one.patch");
  ASSERT_EQ(patches[0].files.size(), 1U);
  EXPECT_EQ(patches[0].files[0].new_path, "kernel/x.c");
  EXPECT_EQ(patches[0].files[0].insertions, 2);
  EXPECT_EQ(patches[0].files[0].deletions, 1);
  EXPECT_EQ(patches[0].diff_line, 2);
}

TEST(Patch, ReadsTraditionalHeadersWithTimeStamps) {
  const auto patches = parse_patches(
      "--- linux.orig/lib/a.c\t2021-01-01 00:00:00\n+++ linux/lib/a.c\t2021-01-02\n@@ -1 +1 "
      "@@\n-a\n+b\n",
      "p");
  ASSERT_EQ(patches.size(), 1U);
  EXPECT_EQ(patches[0].files[0].new_path, "lib/a.c");
}

TEST(Patch, ReadsSeveralMailsInTheOrderOfTheirNumbers) {
  const auto patches = parse_patches(mail(2, 2, kDiff) + mail(1, 2, kDiff), "s.mbox");
  ASSERT_EQ(patches.size(), 2U);
  EXPECT_EQ(patches[0].name, "[PATCH 1/2] change x");
}

TEST(Patch, LeavesCoverLettersOut) {
  EXPECT_EQ(parse_patches(mail(0, 1, "") + mail(1, 1, kDiff), "s.mbox").size(), 1U);
}

TEST(Patch, ReadsNewDeletedAndRenamedFiles) {
  const auto patches = parse_patches(
      "diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 @@\n+x\n"
      "diff --git a/o.c b/o.c\ndeleted file mode 100644\n--- a/o.c\n+++ /dev/null\n@@ -1 +0,0 "
      "@@\n-x\n"
      "diff --git a/p.c b/q.c\nsimilarity index 100%\nrename from p.c\nrename to q.c\n",
      "p");
  ASSERT_EQ(patches[0].files.size(), 3U);
  EXPECT_EQ(patches[0].files[0].old_path, "");
  EXPECT_EQ(patches[0].files[1].new_path, "");
  EXPECT_EQ(patches[0].files[2].old_path, "p.c");
  EXPECT_EQ(patches[0].files[2].new_path, "q.c");
}

TEST(Patch, CutHunkIsNamedWithItsLine) {
  const auto error = parse_error(kDiff.substr(0, kDiff.size() - 3));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0112");
  EXPECT_EQ(error->kind(), ErrorKind::Input);
  EXPECT_EQ(error->stage(), "series");
  EXPECT_EQ(error->file(), "s.mbox");
  EXPECT_EQ(error->line(), 9);
}

TEST(Patch, EveryCutOfAnMboxIsRefusedOrChangesNothing) {
  const auto whole = mail(1, 2, kDiff) + mail(2, 2, kDiff);
  const auto expected = parse_patches(whole, "s.mbox");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    std::vector<Patch> got;
    const auto error = error_of([&] { got = parse_patches(whole.substr(0, size), "s.mbox"); });
    if (error || got.empty()) continue;  // an empty series is refused by the caller
    ASSERT_EQ(got.size(), 2U) << "cut at " << size << ":\n" << whole.substr(0, size);
    EXPECT_EQ(got[1].files[0].insertions, expected[1].files[0].insertions) << size;
  }
}

TEST(Patch, HunkLongerThanItsHeaderIsRefused) {
  EXPECT_TRUE(parse_error("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+c\n"));
}

TEST(Patch, FileMissingFromTheDiffstatIsRefused) {
  const auto error = parse_error(mail(1, 1, kDiff, " 2 files changed, 5 insertions(+)\n"));
  ASSERT_TRUE(error);
  EXPECT_NE(std::string(error->what()).find("cut"), std::string::npos);
}

TEST(Patch, GapAndDoubleInTheNumberingAreRefused) {
  EXPECT_TRUE(parse_error(mail(1, 3, kDiff) + mail(3, 3, kDiff)));
  EXPECT_TRUE(parse_error(mail(1, 2, kDiff) + mail(1, 2, kDiff)));
  EXPECT_TRUE(parse_error(mail(1, 3, kDiff) + mail(2, 3, kDiff)));
}

TEST(Patch, PathsOutsideTheTreeAreRefused) {
  for (const std::string path :
       {"../etc/x", "a/../../x", "/etc/passwd", ".git/config", "x/.GIT/hooks/y", "a//b", "./x"}) {
    const auto header = path.starts_with('/') ? path : "b/" + path;
    const auto error = parse_error("--- a/x\n+++ " + header + "\n@@ -1 +1 @@\n-a\n+b\n");
    ASSERT_TRUE(error) << path;
    EXPECT_EQ(error->id(), "SGP-E0113") << path;
    EXPECT_EQ(error->line(), 2) << path;
  }
  EXPECT_TRUE(parse_error("diff --git a/x b/x\nrename from x\nrename to ../y\n"));
  EXPECT_TRUE(parse_error("--- a/x\n+++ \"b/..\\057y\"\n@@ -1 +1 @@\n-a\n+b\n"));
}

TEST(Patch, LinkOutOfTheTreeIsRefused) {
  const auto link = [](const std::string& target) {
    return "diff --git a/d/l b/d/l\nnew file mode 120000\n--- /dev/null\n+++ b/d/l\n@@ -0,0 +1 "
           "@@\n+" +
           target + "\n\\ No newline at end of file\n";
  };
  EXPECT_EQ(parse_error(link("../../etc/passwd"))->id(), "SGP-E0113");
  EXPECT_EQ(parse_error(link("/etc/passwd"))->id(), "SGP-E0113");
  EXPECT_FALSE(parse_error(link("../include/x.h")));
}

TEST(Patch, BinaryPatchesAreRefused) {
  EXPECT_EQ(parse_error("diff --git a/x b/x\nindex 1..2\nBinary files a/x and b/x differ\n")->id(),
            "SGP-E0114");
  EXPECT_EQ(parse_error("diff --git a/x b/x\nindex 1..2\nGIT binary patch\nliteral 3\nabc\n")->id(),
            "SGP-E0114");
  EXPECT_EQ(parse_error(std::string("--- a/x\0", 8))->id(), "SGP-E0114");
}

TEST(Patch, QuotedPrintableAndCarriageReturnsAreDecoded) {
  const auto quoted = parse_patches(
      "From a@b Mon Jan  1 00:00:00 2024\nSubject: x\nContent-Transfer-Encoding: "
      "quoted-printable\n\n"
      "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a =3D 1;\n+a =3D=\n 2;\n",
      "m");
  ASSERT_EQ(quoted.size(), 1U);
  EXPECT_NE(quoted[0].diff.find("+a = 2;\n"), std::string::npos);
  const auto dos = parse_patches("--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n", "m");
  EXPECT_EQ(dos[0].diff.find('\r'), std::string::npos);
}

}  // namespace
}  // namespace sgproof::extract

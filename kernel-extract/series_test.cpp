#include "kernel-extract/series.hpp"

#include <sys/stat.h>

#include "kernel-extract/extract.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using testing::error_of;

std::string change(const std::string& from, const std::string& to) {
  return "--- a/kernel/dma/direct.c\n+++ b/kernel/dma/direct.c\n@@ -1,6 +1,6 @@\n int a;\n-int " +
         from + ";\n+int " + to + ";\n int c;\n int d;\n int e;\n int f;\n";
}

class SeriesTest : public testing::Scratch {
 protected:
  Tree base() { return open_tree(small_kernel().string(), context); }
  std::optional<Error> failure(const std::string& patch) {
    const auto tree = base();
    return error_of(
        [&] { (void)apply_series(tree, read_series(put("p.patch", patch).string()), context); });
  }
};

TEST_F(SeriesTest, AppliedSeriesGivesFilesAndLines) {
  const auto tree = base();
  const auto patched =
      apply_series(tree, read_series(put("p.patch", change("b", "x")).string()), context);
  EXPECT_EQ(read_file(patched.tree.path / "kernel/dma/direct.c").substr(0, 14), "int a;\nint x;\n");
  ASSERT_EQ(patched.files.size(), 1U);
  EXPECT_EQ(patched.files[0].path, "kernel/dma/direct.c");
  EXPECT_EQ(patched.files[0].lines, (std::vector<LineRange>{{2, 1}}));
  EXPECT_EQ(patched.tree.parent_id, tree.id);
  EXPECT_EQ(patched.tree.changed, std::vector<std::string>{"kernel/dma/direct.c"});
}

TEST_F(SeriesTest, TheBaseIsNeverWritten) {
  const auto tree = base();
  struct stat before{};
  ASSERT_EQ(::stat((tree.path / "kernel/dma/direct.c").c_str(), &before), 0);
  const auto content = read_file(tree.path / "kernel/dma/direct.c");
  const auto patched =
      apply_series(tree, read_series(put("p.patch", change("b", "x")).string()), context);
  struct stat after{};
  ASSERT_EQ(::stat((tree.path / "kernel/dma/direct.c").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
  EXPECT_EQ(read_file(tree.path / "kernel/dma/direct.c"), content);
  EXPECT_EQ(std::filesystem::hard_link_count(patched.tree.path / "Makefile"), 2U);
  EXPECT_EQ(std::filesystem::hard_link_count(patched.tree.path / "kernel/dma/direct.c"), 1U);
}

TEST_F(SeriesTest, PatchesAreAppliedInOrderAndCachedByContent) {
  const auto tree = base();
  put("d/0001-a.patch", change("b", "x"));
  put("d/0002-b.patch", change("x", "y"));
  put("d/notes.txt", "no patch");
  const auto patched = apply_series(tree, read_series((dir / "d").string()), context);
  EXPECT_NE(read_file(patched.tree.path / "kernel/dma/direct.c").find("int y;"), std::string::npos);
  put("e/1.patch", change("b", "x"));
  put("e/2.patch", change("x", "y"));
  put("e/series", "# order\n1.patch -p1\n2.patch # last\n");
  EXPECT_EQ(apply_series(tree, read_series((dir / "e").string()), context).tree.path,
            patched.tree.path);
}

TEST_F(SeriesTest, QuiltOrderIsHonouredAndItsErrorsNamed) {
  put("q/b.patch", change("b", "x"));
  put("q/a.patch", change("x", "y"));
  put("q/series", "b.patch\na.patch\n");
  EXPECT_EQ(read_series((dir / "q").string()).patches[0].name, "b.patch");
  put("q/series", "b.patch\n\nno.patch\n");
  const auto absent = error_of([&] { (void)read_series((dir / "q").string()); });
  EXPECT_EQ(absent->id(), "SGP-E0110");
  EXPECT_EQ(absent->line(), 3);
  put("q/series", "../p.patch\n");
  EXPECT_EQ(error_of([&] { (void)read_series((dir / "q").string()); })->id(), "SGP-E0113");
}

TEST_F(SeriesTest, PatchThatDoesNotApplyNamesPatchFileAndLine) {
  const auto error = failure(change("WRONG", "x"));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0116");
  EXPECT_EQ(error->kind(), ErrorKind::Input);
  EXPECT_EQ(error->stage(), "apply");
  EXPECT_EQ(error->file(), "kernel/dma/direct.c");
  EXPECT_EQ(error->line(), 1);
  EXPECT_NE(std::string(error->what()).find("p.patch"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(cache.root() / "tmp"));
}

TEST_F(SeriesTest, AbsentFilesAreNamed) {
  const auto error = failure("--- a/kernel/no.c\n+++ b/kernel/no.c\n@@ -1 +1 @@\n-a\n+b\n");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0116");
  EXPECT_EQ(error->file(), "kernel/no.c");
}

TEST_F(SeriesTest, NewFilesRemovalsAndModesAreSeen) {
  const auto tree = base();
  const auto patched =
      apply_series(tree,
                   read_series(put("p.patch",
                                   "diff --git a/lib/n.c b/lib/n.c\nnew file mode 100755\n--- "
                                   "/dev/null\n+++ b/lib/n.c\n@@ -0,0 +1,2 @@\n+x\n+y\n"
                                   "diff --git a/Kconfig b/Kconfig\ndeleted file mode 100644\n--- "
                                   "a/Kconfig\n+++ /dev/null\n@@ -1 +0,0 @@\n-mainmenu \"x\"\n"
                                   "diff --git a/Kconfig b/Kconfig\nnew file mode 100644\n--- "
                                   "/dev/null\n+++ b/Kconfig\n@@ -0,0 +1 @@\n+mainmenu \"y\"\n")
                                   .string()),
                   context);
  ASSERT_EQ(patched.files.size(), 2U);
  EXPECT_EQ(patched.files[0].path, "Kconfig");
  EXPECT_EQ(patched.files[1].path, "lib/n.c");
  EXPECT_TRUE(patched.files[1].added);
  EXPECT_EQ(patched.files[1].lines, (std::vector<LineRange>{{1, 2}}));
  EXPECT_TRUE(patched.tree.names_changed);
  EXPECT_NE(patched.tree.names_id, tree.names_id);
}

TEST_F(SeriesTest, SymbolicLinksOfTheTreeAreNotFollowed) {
  const auto linux = small_kernel();
  put("outside/f", "a\n");
  std::filesystem::create_symlink(dir / "outside", linux / "link");
  const auto tree = open_tree(linux.string(), context);
  const auto error = error_of([&] {
    (void)apply_series(
        tree,
        read_series(put("p.patch", "--- a/link/f\n+++ b/link/f\n@@ -1 +1 @@\n-a\n+b\n").string()),
        context);
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0113");
  EXPECT_EQ(read_file(dir / "outside/f"), "a\n");
}

TEST_F(SeriesTest, LinkMadeBySeriesIsNotFollowed) {
  const auto tree = base();
  EXPECT_TRUE(error_of([&] {
    (void)apply_series(
        tree,
        read_series(put("p.patch",
                        "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 "
                        "+1 @@\n+kernel\n\\ No newline at end of file\n"
                        "diff --git a/l/dma/direct.c b/l/dma/direct.c\n--- a/l/dma/direct.c\n+++ "
                        "b/l/dma/direct.c\n@@ -1 +1 @@\n-int a;\n+int z;\n")
                        .string()),
        context);
  }));
}

TEST_F(SeriesTest, EmptySeriesAreInputErrors) {
  make_dirs(dir / "empty");
  for (const auto& spec : {dir / "empty", put("e.patch", ""), put("t.patch", "just text\n")}) {
    const auto error = error_of([&] { (void)read_series(spec.string()); });
    ASSERT_TRUE(error) << spec;
    EXPECT_EQ(error->id(), "SGP-E0111") << spec;
  }
  EXPECT_EQ(error_of([&] { (void)read_series("/no/such/series"); })->id(), "SGP-E0110");
}

TEST_F(SeriesTest, GitRangeStartsFromItsFirstCommit) {
  const auto linux = small_kernel();
  const auto git = [&](std::vector<std::string> args) {
    args.insert(args.begin(),
                {"git", "-C", linux.string(), "-c", "user.name=a", "-c", "user.email=a@b"});
    ASSERT_TRUE(run_process({.argv = args}).ok());
  };
  git({"init", "-q"});
  git({"add", "."});
  git({"commit", "-q", "-m", "one"});
  put("linux/kernel/dma/direct.c", "int a;\nint two;\nint c;\nint d;\nint e;\nint f;\n");
  git({"commit", "-q", "-a", "-m", "two"});
  put("linux/kernel/dma/direct.c", "uncommitted\n");
  const auto source = open_source(linux.string(), "HEAD~1..HEAD", context);
  ASSERT_TRUE(source.patched);
  EXPECT_NE(read_file(source.base.path / "kernel/dma/direct.c").find("int b;"), std::string::npos);
  EXPECT_NE(read_file(source.subject().path / "kernel/dma/direct.c").find("int two;"),
            std::string::npos);
  EXPECT_EQ(error_of([&] { (void)open_source(linux.string(), "nothing..HEAD", context); })->id(),
            "SGP-E0115");
  EXPECT_EQ(error_of([&] { (void)open_source(linux.string(), "HEAD..HEAD", context); })->id(),
            "SGP-E0111");
}

}  // namespace
}  // namespace sgproof::extract

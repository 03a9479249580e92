#include "kernel-extract/tree.hpp"

#include "kernel-extract/harness.hpp"
#include "kernel-extract/testing.hpp"
#include "kernel-extract/tree_entry.hpp"

namespace sgproof::extract {
namespace {
using TreeTest = testing::Scratch;
using testing::error_of;

TEST_F(TreeTest, DirectoryIsCopiedAndNotTouched) {
  const auto linux = small_kernel();
  const auto tree = open_tree(linux.string(), context);
  EXPECT_EQ(tree.version.text(), "6.1.7-rc1");
  EXPECT_EQ(read_file(tree.path / "kernel/dma/direct.c"), read_file(linux / "kernel/dma/direct.c"));
  EXPECT_NE(std::filesystem::canonical(tree.path), std::filesystem::canonical(linux));
  EXPECT_EQ(std::filesystem::hard_link_count(linux / "Makefile"), 1U);
}

TEST_F(TreeTest, SameContentIsTheSameTreeAndAChangeIsAnother) {
  const auto linux = small_kernel();
  const auto first = open_tree(linux.string(), context);
  EXPECT_EQ(open_tree(linux.string(), context).id, first.id);
  EXPECT_EQ(open_tree(small_kernel("copy").string(), context).id, first.id);
  put("linux/kernel/dma/direct.c", "int z;\n");
  const auto second = open_tree(linux.string(), context);
  EXPECT_NE(second.id, first.id);
  EXPECT_EQ(second.names_id, first.names_id);
  EXPECT_EQ(second.changed, std::vector<std::string>{"kernel/dma/direct.c"});
  EXPECT_EQ(second.parent_id, open_tree((dir / "copy").string(), context).id);
  EXPECT_EQ(read_file(first.path / "kernel/dma/direct.c").substr(0, 5), "int a");
}

TEST_F(TreeTest, ANewFileChangesTheNames) {
  const auto linux = small_kernel();
  const auto first = open_tree(linux.string(), context);
  put("linux/include/linux/new.h", "\n");
  const auto second = open_tree(linux.string(), context);
  EXPECT_TRUE(second.names_changed);
  EXPECT_NE(second.names_id, first.names_id);
}

TEST_F(TreeTest, WhatIsNoKernelIsNamed) {
  const auto linux = small_kernel();
  for (const char* file :
       {"kernel/dma/direct.c", "include/linux/scatterlist.h", "Kconfig", "Makefile"}) {
    std::filesystem::remove(linux / file);
    const auto error = error_of([&] { (void)open_tree(linux.string(), context); });
    ASSERT_TRUE(error) << file;
    EXPECT_EQ(error->id(), "SGP-E0102");
    EXPECT_EQ(error->kind(), ErrorKind::Input);
    EXPECT_EQ(error->file(), file);
  }
  put("linux/Makefile", "all:\n");
  EXPECT_NE(std::string(error_of([&] { (void)open_tree(linux.string(), context); })->what())
                .find("VERSION"),
            std::string::npos);
}

TEST_F(TreeTest, TreeBuiltInPlaceIsRefused) {
  const auto linux = small_kernel();
  put("linux/.config", "CONFIG_X=y\n");
  EXPECT_EQ(error_of([&] { (void)open_tree(linux.string(), context); })->id(), "SGP-E0102");
}

TEST_F(TreeTest, AbsentTreesAreInputErrors) {
  for (const char* spec : {"/no/such/tree", "", "debian:0.0", "debian:../../etc"}) {
    const auto error = error_of([&] { (void)open_tree(spec, context); });
    ASSERT_TRUE(error) << spec;
    EXPECT_EQ(error->id(), "SGP-E0101") << spec;
  }
}

TEST_F(TreeTest, TarballIsUnpackedOnceWithoutItsTopDirectory) {
  small_kernel();
  ASSERT_TRUE(run_process({.argv = {"tar", "-C", dir.string(), "-czf", (dir / "k.tar.gz").string(),
                                    "linux"}})
                  .ok());
  const auto tree = open_tree((dir / "k.tar.gz").string(), context);
  EXPECT_EQ(kind_of(tree.path / "Makefile"), FileKind::Regular);
  EXPECT_EQ(open_tree((dir / "k.tar.gz").string(), context).path, tree.path);
}

TEST_F(TreeTest, DamagedTarballIsAnInputError) {
  const auto error =
      error_of([&] { (void)open_tree(put("k.tar.xz", "not an archive").string(), context); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0103");
  EXPECT_FALSE(std::filesystem::exists(cache.root() / "tree"));
}

TEST_F(TreeTest, GitWorkTreeGivesWhatGitDoesNotIgnore) {
  const auto linux = small_kernel();
  put("linux/.gitignore", "*.o\n");
  put("linux/a.o", "x");
  ASSERT_TRUE(run_process({.argv = {"git", "-C", linux.string(), "init", "-q"}}).ok());
  const auto tree = open_tree(linux.string(), context);
  EXPECT_EQ(kind_of(tree.path / "a.o"), FileKind::Absent);
  EXPECT_EQ(kind_of(tree.path / ".git"), FileKind::Absent);
  EXPECT_EQ(kind_of(tree.path / "Makefile"), FileKind::Regular);
}

TEST_F(TreeTest, AccessorsAreThoseOfTheTree) {
  const auto linux = small_kernel();
  const auto header = accessors_header(open_tree(linux.string(), context));
  EXPECT_NE(header.find("#define SGP_IS_BUS(sg) sg_is_dma_bus_address(sg)\n"), std::string::npos);
  EXPECT_NE(header.find("#define SGP_MARK_BUS(sg) sg_dma_mark_bus_address(sg)\n"),
            std::string::npos);
  EXPECT_EQ(accessor_names(open_tree(linux.string(), context)).at("SGP_IS_BUS"),
            "sg_is_dma_bus_address");
}

TEST(Accessors, OfMainlineAreKnownWithoutATree) {
  const auto names = mainline_accessor_names();
  EXPECT_EQ(names.at("SGP_IS_BUS"), "sg_dma_is_bus_address");
  EXPECT_EQ(names.at("SGP_MARK_BUS"), "sg_dma_mark_bus_address");
  EXPECT_EQ(names.at("SGP_UNMARK_BUS"), "sg_dma_unmark_bus_address");
}

TEST_F(TreeTest, FeaturesAreThoseOfTheTreeAndNotOfItsComments) {
  const auto linux = small_kernel();
  const auto header = [&] { return accessors_header(open_tree(linux.string(), context)); };
  EXPECT_NE(header().find("#define SGP_HAS_IO_TLB_POOL 0\n"), std::string::npos);
  put("linux/include/linux/swiotlb.h",
      "/* a struct io_tlb_pool * is\n * planned */\n// io_tlb_pool\nstruct io_tlb_pools;\n");
  EXPECT_NE(header().find("#define SGP_HAS_IO_TLB_POOL 0\n"), std::string::npos);
  put("linux/include/linux/swiotlb.h", "/* one */ struct io_tlb_pool {\n\tint start;\n};\n");
  EXPECT_NE(header().find("#define SGP_HAS_IO_TLB_POOL 1\n"), std::string::npos);
}

TEST_F(TreeTest, MissingAccessorIsNamedAndNeverGuessed) {
  const auto linux = small_kernel();
  put("linux/include/linux/scatterlist.h",
      "/* sg_is_dma_bus_address(sg) */\nbool sg_is_dma_bus_address(struct scatterlist *sg);\nint "
      "f(void)\n{\n\treturn sg_is_dma_bus_address(0);\n}\n");
  const auto error = error_of([&] { (void)accessors_header(open_tree(linux.string(), context)); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0131");
  EXPECT_EQ(error->kind(), ErrorKind::Unsupported);
  EXPECT_NE(std::string(error->what()).find("sg_is_dma_bus_address"), std::string::npos);
}

}  // namespace
}  // namespace sgproof::extract

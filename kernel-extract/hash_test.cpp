#include "kernel-extract/hash.hpp"

#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using HashTest = testing::Scratch;

TEST(Hash, IsSha256) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hash, FieldsDoNotRunTogether) {
  EXPECT_NE(Hasher().field("ab").field("c").hex(), Hasher().field("a").field("bc").hex());
}

TEST_F(HashTest, OfAFileIsThatOfItsContent) {
  const std::string content(3 << 20, 'x');
  EXPECT_EQ(sha256_file(put("f", content)), sha256(content));
}

TEST_F(HashTest, OfAnAbsentFileIsAnError) {
  const auto error = testing::error_of([&] { (void)sha256_file(dir / "no"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::Environment);
}

}  // namespace
}  // namespace sgproof::extract

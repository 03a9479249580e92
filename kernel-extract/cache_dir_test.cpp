#include "kernel-extract/cache_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using CacheDirTest = testing::Scratch;

TEST_F(CacheDirTest, FindsWhatWasPublished) {
  EXPECT_FALSE(cache.find("k", "1"));
  auto staging = cache.stage();
  write_file(staging.path() / "f", "content");
  const auto entry = cache.publish(std::move(staging), "k", "1", {"f"});
  ASSERT_EQ(cache.find("k", "1"), entry);
  EXPECT_EQ(read_file(entry / "f"), "content");
}

TEST_F(CacheDirTest, DamagedEntryIsAbsentAndRemoved) {
  for (const char* damage : {"f", "entry.json"}) {
    auto staging = cache.stage();
    write_file(staging.path() / "f", "content");
    const auto entry = cache.publish(std::move(staging), "k", "2", {"f"});
    write_file(entry / damage, "{ \"other\"");
    EXPECT_FALSE(cache.find("k", "2")) << damage;
    EXPECT_EQ(kind_of(entry), FileKind::Absent) << damage;
  }
}

TEST_F(CacheDirTest, SecondPublisherKeepsTheFirstEntry) {
  auto first = cache.stage();
  auto second = cache.stage();
  write_file(first.path() / "f", "first");
  write_file(second.path() / "f", "second");
  cache.publish(std::move(first), "k", "3");
  EXPECT_EQ(read_file(cache.publish(std::move(second), "k", "3") / "f"), "first");
}

TEST_F(CacheDirTest, StagingLeavesNothingBehind) {
  std::filesystem::path where;
  {
    const auto staging = cache.stage();
    where = staging.path();
    write_file(where / "f", "x");
  }
  EXPECT_EQ(kind_of(where), FileKind::Absent);
  EXPECT_TRUE(std::filesystem::is_empty(cache.root() / "tmp"));
}

TEST_F(CacheDirTest, LeftoversOfADeadProcessAreRemovedAndLivingOnesStay) {
  const auto living = cache.stage();
  put("cache/tmp/4711-0-0/f", "x");
  put("cache/tmp/4711-0-0.lock", "");
  const CacheDir again(cache.root());
  EXPECT_EQ(kind_of(cache.root() / "tmp/4711-0-0"), FileKind::Absent);
  EXPECT_EQ(kind_of(living.path()), FileKind::Directory);
}

TEST_F(CacheDirTest, EvictionRemovesTheLongestUnusedFirst) {
  for (const char* key : {"old", "new"}) {
    auto staging = cache.stage();
    write_file(staging.path() / "f", std::string(100000, 'x'));
    cache.publish(std::move(staging), "k", key);
  }
  const timespec long_ago[2] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (cache.root() / "k/old/entry.json").c_str(), long_ago, 0), 0);
  cache.evict(150000);
  EXPECT_FALSE(cache.find("k", "old"));
  EXPECT_TRUE(cache.find("k", "new"));
}

TEST_F(CacheDirTest, LockExcludesASecondHolder) {
  const auto file = dir / "lock";
  const FileLock first(file, {});
  EXPECT_FALSE(FileLock::try_lock(file));
}

}  // namespace
}  // namespace sgproof::extract

#include "gate/report/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "gate/report/report.hpp"
#include "gate/report/test_results.hpp"
#include "model/error.hpp"

namespace sgproof::gate {
namespace {

namespace fs = std::filesystem;

class AtomicFile : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(::testing::TempDir()) / ("atomic-" + std::to_string(::getpid()));
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  static std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_), {}));
  }

  fs::path dir_;
};

TEST_F(AtomicFile, ReplacesAFileAndLeavesNothingElse) {
  write_atomically(dir_ / "f", "old");
  const std::string big(1 << 20, 'x');
  write_atomically(dir_ / "f", big);
  EXPECT_EQ(content(dir_ / "f"), big);
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFile, HasTheModeThatTheUmaskGives) {
  const mode_t old = ::umask(027);
  write_atomically(dir_ / "f", "x");
  ::umask(old);
  EXPECT_EQ(fs::status(dir_ / "f").permissions(), fs::perms(0640));
}

TEST_F(AtomicFile, AFullDiskKeepsTheOldFile) {
  write_atomically(dir_ / "f", "old");
  const WriteCall full = [written = 0](int, const char*, std::size_t) mutable -> long {
    if (written++ == 0) return 1;
    errno = ENOSPC;
    return -1;
  };
  try {
    write_atomically(dir_ / "f", "new content", full);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.id(), "SGP-E0601");
    EXPECT_EQ(e.kind(), ErrorKind::Environment);
    EXPECT_EQ(e.file(), (dir_ / "f").string());
    EXPECT_NE(e.hint_text().find("space"), std::string::npos);
  }
  EXPECT_EQ(content(dir_ / "f"), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFile, ShortAndInterruptedWritesAreContinued) {
  int calls = 0;
  write_atomically(dir_ / "f", "abcdef", [&](int fd, const char* data, std::size_t) -> long {
    if (++calls % 2 == 0) {
      errno = EINTR;
      return -1;
    }
    return ::write(fd, data, 1);
  });
  EXPECT_EQ(content(dir_ / "f"), "abcdef");
}

TEST_F(AtomicFile, AMissingDirectoryIsAnErrorWithTheFile) {
  EXPECT_THROW(write_atomically(dir_ / "no" / "f", "x"), Error);
}

TEST_F(AtomicFile, WriteReportsWritesEveryFormat) {
  write_reports(testing::full_result(), dir_ / "out" / "deep");
  for (std::size_t i = 0; i < EnumNames<Format>::list.size(); ++i) {
    const auto format = static_cast<Format>(i);
    EXPECT_EQ(content(dir_ / "out" / "deep" / file_name(format)),
              report(testing::full_result(), format));
  }
  write_atomically(dir_ / "file", "");
  EXPECT_THROW(write_reports(testing::full_result(), dir_ / "file"), Error);
}

}  // namespace
}  // namespace sgproof::gate

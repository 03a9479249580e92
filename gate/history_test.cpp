#include "gate/history.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace sgproof::gate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string key(unsigned n) { return fmt::format("{:064x}", n); }

class HistoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(::testing::TempDir()) / fmt::format("history-{}", ::getpid());
    fs::remove_all(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  [[nodiscard]] fs::path file() const { return dir_ / "cache" / "history.sqlite"; }
  [[nodiscard]] int moved_aside() const {
    int n = 0;
    for (const auto& entry : fs::directory_iterator(file().parent_path()))
      n += entry.path().filename().string().find(".damaged-") != std::string::npos ? 1 : 0;
    return n;
  }
  void overwrite(std::streamoff at, const std::string& bytes) const {
    std::fstream out(file(), std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(at);
    out << bytes;
  }

  fs::path dir_;
};

TEST_F(HistoryTest, KeepsProofsAndRunsBetweenProcesses) {
  {
    History h(file());
    EXPECT_FALSE(h.find_proof(key(1)));
    h.store_proof(key(1), R"({"outcome":"proved"})");
    h.store_proof(key(1), R"({"outcome":"refuted"})");
    h.add_run({100, 2.5, "debian:6.1", "a.mbox", "x86_64", Verdict::Fail, "r.json", "0.1.0"});
    h.add_run({200, 3.5, "debian:6.12", "", "i386", Verdict::Pass, "s.json", "0.1.0"});
    EXPECT_THAT(h.problems(), IsEmpty());
  }
  History h(file());
  EXPECT_EQ(h.find_proof(key(1)), R"({"outcome":"refuted"})");
  const auto runs = h.runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].started, 200);
  EXPECT_EQ(runs[1].verdict, Verdict::Fail);
  EXPECT_EQ(runs[1].seconds, 2.5);
  EXPECT_EQ(h.runs(1).size(), 1U);
}

TEST_F(HistoryTest, KeepsOnlyDecidedProofsUnderRealKeys) {
  History h(file());
  h.store_proof("short", R"({})");
  h.store_proof(key(1), "no json");
  h.store_proof(key(2), R"({"claims":[{"outcome":"inconclusive"}]})");
  h.store_proof(key(3), R"({"claims":[{"outcome":"unknown"}]})");
  for (unsigned n = 1; n <= 3; ++n) EXPECT_FALSE(h.find_proof(key(n)));
  EXPECT_EQ(h.problems().size(), 4U);
}

TEST_F(HistoryTest, AFileThatIsNoDatabaseIsMovedAside) {
  fs::create_directories(file().parent_path());
  std::ofstream(file()) << std::string(5000, 'x');
  History h(file());
  h.store_proof(key(1), "{}");
  EXPECT_EQ(h.find_proof(key(1)), "{}");
  EXPECT_EQ(moved_aside(), 1);
  EXPECT_THAT(h.problems().at(0), HasSubstr("moved aside"));
  EXPECT_EQ(History(file()).find_proof(key(1)), "{}");
}

TEST_F(HistoryTest, ACorruptDatabaseIsMovedAsideWithItsJournal) {
  {
    History h(file());
    for (unsigned n = 0; n < 200; ++n) h.store_proof(key(n), R"({"outcome":"proved"})");
  }
  for (std::streamoff page = 1; page < 6; ++page) overwrite(page * 4096, std::string(4096, '\xA5'));
  std::ofstream(file().string() + "-journal") << "left behind";
  History h(file());
  EXPECT_FALSE(h.find_proof(key(1)));
  EXPECT_GE(moved_aside(), 1);
  h.store_proof(key(1), "{}");
  EXPECT_EQ(h.find_proof(key(1)), "{}");
}

TEST_F(HistoryTest, CorruptionDuringARunIsSurvived) {
  History h(file());
  for (unsigned n = 0; n < 200; ++n) h.store_proof(key(n), R"({"outcome":"proved"})");
  overwrite(0, std::string(16384, '\x5A'));
  EXPECT_FALSE(h.find_proof(key(1)));
  h.store_proof(key(2), "{}");
  EXPECT_EQ(h.find_proof(key(2)), "{}");
  EXPECT_EQ(moved_aside(), 1);
}

TEST_F(HistoryTest, AChangedPayloadIsIgnored) {
  {
    History(file()).store_proof(key(1), R"({"outcome":"refuted","padding":"1234567890"})");
  }
  std::ifstream in(file(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto at = bytes.find("refuted");
  ASSERT_NE(at, std::string::npos);
  overwrite(static_cast<std::streamoff>(at), "proved!");
  History h(file());
  EXPECT_FALSE(h.find_proof(key(1)));
  EXPECT_THAT(h.problems().at(0), HasSubstr("damaged"));
}

TEST_F(HistoryTest, AnotherLayoutIsMovedAside) {
  {
    const History h(file());
  }
  Database(file(), OpenMode::ReadWrite, 0).execute("PRAGMA user_version = 99");
  History h(file());
  EXPECT_EQ(moved_aside(), 1);
  h.store_proof(key(1), "{}");
  EXPECT_EQ(h.find_proof(key(1)), "{}");
}

TEST_F(HistoryTest, WithoutADirectoryItStaysInMemory) {
  fs::create_directories(dir_);
  std::ofstream(dir_ / "cache") << "a file where the directory should be";
  History h(file());
  EXPECT_EQ(h.problems().size(), 1U);
  h.store_proof(key(1), "{}");
  EXPECT_EQ(h.find_proof(key(1)), "{}");
  EXPECT_FALSE(fs::exists(file()));
}

/// Runs `work` in a child that must end with exit code 0.
template <class F>
void in_child(const F& work) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(HistoryTest, AFullDiskLosesNothingThatWasThere) {
  {
    History(file()).store_proof(key(1), "{}");
  }
  const auto size = fs::file_size(file());
  in_child([&] {
    (void)::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{size, size};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    History h(file());
    const std::string big = "\"" + std::string(100000, 'x') + "\"";
    for (unsigned n = 2; n < 10; ++n) h.store_proof(key(n), big);
    if (h.find_proof(key(1)) != "{}") ::_exit(1);
    if (h.find_proof(key(2))) ::_exit(2);
    if (h.problems().empty()) ::_exit(3);
  });
  History h(file());
  EXPECT_EQ(h.find_proof(key(1)), "{}");
  EXPECT_THAT(h.problems(), IsEmpty());
}

TEST_F(HistoryTest, AReadOnlyFileIsRead) {
  {
    History(file()).store_proof(key(1), "{}");
  }
  fs::permissions(file(), fs::perms(0444));
  fs::permissions(file().parent_path(), fs::perms(0555));
  in_child([&] {
    if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(9);  // root may write everything
    History h(file());
    h.store_proof(key(2), "{}");
    if (h.find_proof(key(1)) != "{}") ::_exit(1);
    if (h.find_proof(key(2))) ::_exit(2);
    if (h.problems().empty()) ::_exit(3);
  });
  fs::permissions(file().parent_path(), fs::perms(0755));
}

TEST_F(HistoryTest, ManyThreadsAndProcessesShareAFile) {
  constexpr unsigned kProcesses = 3;
  constexpr unsigned kThreads = 3;
  constexpr unsigned kProofs = 8;
  std::vector<pid_t> children;
  for (unsigned p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      History h(file(), 60000);
      {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < kThreads; ++t)
          threads.emplace_back([&h, p, t] {
            for (unsigned n = 0; n < kProofs; ++n) {
              const unsigned id = (p * kThreads + t) * kProofs + n;
              h.store_proof(key(id), fmt::format("{{\"id\":{}}}", id));
            }
          });
      }
      ::_exit(h.problems().empty() ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  History h(file());
  for (unsigned id = 0; id < kProcesses * kThreads * kProofs; ++id)
    EXPECT_EQ(h.find_proof(key(id)), fmt::format("{{\"id\":{}}}", id));
}

TEST_F(HistoryTest, ManyProcessesFindADamagedFileAndOneReplacesIt) {
  fs::create_directories(file().parent_path());
  std::ofstream(file()) << std::string(5000, 'x');
  std::vector<pid_t> children;
  for (unsigned p = 0; p < 4; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      History(file(), 60000).store_proof(key(p), "{}");
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  EXPECT_EQ(moved_aside(), 1);
  History h(file());
  for (unsigned p = 0; p < 4; ++p) EXPECT_EQ(h.find_proof(key(p)), "{}");
}

}  // namespace
}  // namespace sgproof::gate

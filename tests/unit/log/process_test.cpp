#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>

#include "log/branch_log.h"
#include "log/segment_name.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/log/samples.h"

/// The log on the real file system, in real processes that really die.
namespace xaodbc::log {
namespace {

namespace fs = std::filesystem;
using Log = std::shared_ptr<BranchLog>;

/// One byte from a child to its parent, or the end of it.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(fds_), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(fds_[0]);
    ::close(fds_[1]);
  }
  void tell() const { (void)!::write(fds_[1], "x", 1); }
  [[nodiscard]] bool await() const {
    char byte = 0;
    return ::read(fds_[0], &byte, 1) == 1;
  }

 private:
  int fds_[2] = {-1, -1};
};

class ProcessTest : public ::testing::Test {
 protected:
  [[nodiscard]] Result<Log> try_open(bool adopt = true) const {
    return BranchLog::open({directory_, std::size_t{64} << 10, adopt}, posix_files());
  }
  [[nodiscard]] Log open(bool adopt = true) const {
    auto log = try_open(adopt);
    EXPECT_TRUE(log.has_value()) << (log ? "" : log.error().message());
    return log ? *log : nullptr;
  }

  static bool durable(const Log& log, const Record& record) {
    const auto ticket = log->append_and_sync(record);
    return ticket && log->wait(*ticket, Deadline::after(std::chrono::seconds(30))).is_ok();
  }

  static std::set<std::string> live(const Log& log) {
    std::set<std::string> xids;
    const auto lives = log->live("");
    EXPECT_TRUE(lives.has_value()) << (lives ? "" : lives.error().message());
    if (lives) {
      for (const auto& life : *lives) xids.insert(life.xid.to_string());
    }
    return xids;
  }
  static std::set<std::string> xids(int count) {
    std::set<std::string> xids;
    for (int i = 0; i < count; ++i) xids.insert(xid_of(i).to_string());
    return xids;
  }

  /// Runs in a child, which never returns into the test.
  static pid_t in_child(const std::function<void()>& work) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    work();
    ::_exit(0);
  }
  static void kill(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  static int exit_status(pid_t child) {
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  [[nodiscard]] std::vector<fs::path> segments() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      if (is_segment_name(entry.path().filename().string())) paths.push_back(entry.path());
    }
    return paths;
  }

  support::ScratchDirectory scratch_;
  const fs::path directory_ = scratch_.path() / "lib" / "xaodbc";
};

TEST_F(ProcessTest, DirectoriesAre0700AndSegments0600WhateverTheUmask) {
  const auto before = ::umask(0);
  const auto log = open();
  EXPECT_TRUE(durable(log, sample(RecordType::kPreparing, 0)));
  ::umask(before);
  const auto mode = [](const fs::path& path) { return fs::status(path).permissions(); };
  EXPECT_EQ(mode(directory_), fs::perms::owner_all);
  EXPECT_EQ(mode(directory_.parent_path()), fs::perms::owner_all);
  ASSERT_EQ(segments().size(), 1U);
  EXPECT_EQ(mode(segments()[0]), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(ProcessTest, BranchesOfAKilledProcessAreRecovered) {
  const Pipe ready;
  const pid_t child = in_child([&] {
    const auto log = open();
    for (int i = 0; i < 5; ++i) {
      if (!durable(log, sample(RecordType::kPreparing, i))) return;
    }
    (void)log->append(sample(RecordType::kDone, 4)).has_value();
    ready.tell();
    for (;;) ::pause();
  });
  ASSERT_TRUE(ready.await());
  EXPECT_EQ(live(open()), xids(4)) << "seen while the process lives";
  const auto path = segments().at(0);
  kill(child);
  const auto log = open();
  EXPECT_EQ(live(log), xids(4));
  EXPECT_FALSE(fs::exists(path)) << "adopted";
  EXPECT_EQ(segments().size(), 1U);
}

TEST_F(ProcessTest, ProcessKilledInTheMidstOfItsWorkLeavesAReadableLog) {
  for (int round = 0; round < 10; ++round) {
    const Pipe ready;
    const pid_t child = in_child([&] {
      const auto log = open();
      for (int i = 0;; ++i) {
        for (const auto type : {RecordType::kPreparing, RecordType::kPrepared, RecordType::kDone}) {
          if (!log->append(sample(type, round * 100000 + i)).has_value()) return;
        }
        if (i == 20 + round * 30) ready.tell();
      }
    });
    ASSERT_TRUE(ready.await());
    kill(child);
    const auto log = open();
    ASSERT_NE(log, nullptr);
    // At most the one branch that was being written.
    ASSERT_LE(live(log).size(), static_cast<std::size_t>(round) + 1);
  }
}

TEST_F(ProcessTest, ReaderFollowsALiveWriterThroughItsRotations) {
  const Pipe ready;
  const pid_t child = in_child([&] {
    const auto log = open();
    if (!durable(log, sample(RecordType::kPreparing, 0))) return;
    ready.tell();
    for (int i = 1;; ++i) {
      for (const auto type : {RecordType::kPreparing, RecordType::kCommitting, RecordType::kDone}) {
        if (!log->append(sample(type, i)).has_value()) ::_exit(1);
      }
    }
  });
  ASSERT_TRUE(ready.await());
  const auto reader = open();
  for (int i = 0; i < 300; ++i) {
    const auto found = reader->find("accounts", xid_of(0));
    ASSERT_TRUE(found.has_value()) << found.error().message();
    ASSERT_TRUE(found->has_value()) << "the branch is always somewhere";
    ASSERT_EQ((*found)->records.size(), 1U);
    const auto lives = reader->live("accounts");
    ASSERT_TRUE(lives.has_value()) << lives.error().message();
    ASSERT_LE(lives->size(), 2U);
  }
  kill(child);
}

TEST_F(ProcessTest, AdoptersInManyProcessesKeepEveryBranch) {
  for (int round = 0; round < 5; ++round) {
    const pid_t owner = in_child([&] {
      const auto log = open();
      for (int i = 0; i < 3; ++i) (void)durable(log, sample(RecordType::kPreparing, i));
      ::raise(SIGKILL);
    });
    ::waitpid(owner, nullptr, 0);
    std::vector<pid_t> adopters;
    const Pipe go;
    for (int i = 0; i < 4; ++i) {
      adopters.push_back(in_child([&] {
        (void)go.await();
        const auto log = try_open();
        const bool right = log && live(*log) == xids(3);
        if (!right) ::_exit(1);
      }));
    }
    for (int i = 0; i < 4; ++i) go.tell();
    for (const auto adopter : adopters) EXPECT_EQ(exit_status(adopter), 0);
    EXPECT_EQ(live(open()), xids(3));
  }
}

TEST_F(ProcessTest, ForkedChildThatAbandonsDoesNotKeepTheSegmentLocked) {
  auto log = open();
  ASSERT_TRUE(durable(log, sample(RecordType::kPreparing, 0)));
  (void)live(log);
  const Pipe abandoned;
  const Pipe stop;
  const pid_t child = in_child([&] {
    log->abandon_after_fork();
    const auto prefix = directory_.string();
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
      std::error_code ignored;
      if (fs::read_symlink(entry.path(), ignored).string().starts_with(prefix)) ::_exit(1);
    }
    // The child may begin a log of its own.
    auto own = try_open();
    if (!own || !(*own)->append(sample(RecordType::kPreparing, 1))) ::_exit(2);
    abandoned.tell();
    (void)stop.await();
    ::_exit(0);
  });
  ASSERT_TRUE(abandoned.await());
  EXPECT_EQ(live(log), xids(2));
  EXPECT_TRUE(durable(log, sample(RecordType::kPrepared, 0))) << "the parent goes on";
  log.reset();
  const auto next = open();
  EXPECT_EQ(live(next), xids(2));
  EXPECT_EQ(segments().size(), 2U) << "the parent's was adopted, the child's is alive";
  stop.tell();
  EXPECT_EQ(exit_status(child), 0);
}

/// Threads of this process, and how many of them take no SIGTERM.
std::pair<int, int> count_threads() {
  constexpr int kSigtermBit = SIGTERM - 1;
  std::pair<int, int> counts;
  for (const auto& entry : fs::directory_iterator("/proc/self/task")) {
    ++counts.first;
    std::ifstream status(entry.path() / "status");
    std::string word;
    while (status >> word && word != "SigBlk:") {
    }
    status >> word;
    counts.second += (std::stoull(word, nullptr, 16) >> kSigtermBit & 1) != 0 ? 1 : 0;
  }
  return counts;
}

TEST_F(ProcessTest, WriterThreadTakesNoSignalsAndStartsOnlyWhenItIsNeeded) {
  const auto [threads, deaf] = count_threads();
  const auto log = open();
  ASSERT_TRUE(log->append(sample(RecordType::kPreparing, 0)).has_value());
  EXPECT_EQ(count_threads(), (std::pair{threads, deaf}));
  ASSERT_TRUE(durable(log, sample(RecordType::kPrepared, 0)));
  EXPECT_EQ(count_threads(), (std::pair{threads + 1, deaf + 1}))
      << "and the caller hears as before";
}

TEST_F(ProcessTest, ManyThreadsShareTheSyncsOfARealDisk) {
  const auto log = open();
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int thread = 0; thread < 16; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 100; ++i) {
        const int number = thread * 100 + i + 10;
        if (!durable(log, sample(RecordType::kPreparing, number))) ++failed;
        if (!log->append(sample(RecordType::kDone, number)).has_value()) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_TRUE(live(log).empty());
}

}  // namespace
}  // namespace xaodbc::log

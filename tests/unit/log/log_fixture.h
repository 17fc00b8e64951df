#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "log/branch_log.h"
#include "log/mark_board.h"
#include "tests/support/faulty_files.h"
#include "tests/unit/log/samples.h"

namespace xaodbc::log {

using support::FaultyFileSystem;
using Op = FaultyFileSystem::Op;
using Log = std::shared_ptr<BranchLog>;

/// Logs in one directory of a faulty file system; each stands for a process.
class LogTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kSegmentSize = std::size_t{64} << 10;

  Result<Log> try_open(bool adopt = true, std::size_t size = kSegmentSize) {
    return BranchLog::open({directory_, size, adopt}, files_);
  }
  Log open(bool adopt = true, std::size_t size = kSegmentSize) {
    auto log = try_open(adopt, size);
    EXPECT_TRUE(log.has_value()) << (log ? "" : log.error().message());
    return log ? *log : nullptr;
  }

  static Status append(const Log& log, const Record& record) {
    const auto ticket = log->append(record);
    return ticket ? Status() : ticket.error();
  }
  /// Durable when it returns ok.
  static Status append_durably(const Log& log, const Record& record) {
    const auto ticket = log->append_and_sync(record);
    return ticket ? log->wait(*ticket, soon()) : ticket.error();
  }
  static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

  /// A branch from beginning to end.
  static void finish(const Log& log, int number, std::uint64_t birth = 1) {
    for (const auto type : {RecordType::kPreparing, RecordType::kPrepared, RecordType::kCommitting,
                            RecordType::kDone}) {
      const auto status = append(log, sample(type, number, birth));
      ASSERT_TRUE(status.is_ok()) << status.message();
    }
  }

  static std::set<std::string> live(const Log& log) {
    const auto lives = log->live("");
    EXPECT_TRUE(lives.has_value()) << (lives ? "" : lives.error().message());
    std::set<std::string> xids;
    if (!lives) return xids;
    for (const auto& life : *lives) {
      EXPECT_TRUE(xids.insert(life.xid.to_string()).second) << "twice: " << life.xid.to_string();
    }
    return xids;
  }
  static std::set<std::string> xids(const std::vector<int>& numbers) {
    std::set<std::string> xids;
    for (const int number : numbers) xids.insert(xid_of(number).to_string());
    return xids;
  }
  static BranchHistory find(const Log& log, int number) {
    const auto found = log->find("accounts", xid_of(number));
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().message());
    return found && *found ? **found : BranchHistory();
  }

  /// A process that ends without its destructor. The object is kept, as dead as its files are.
  void kill(Log log) {
    graveyard_.push_back(std::move(log));
    files_.kill_all_processes();
  }

  [[nodiscard]] std::vector<std::filesystem::path> segments() const {
    auto paths = files_.paths();
    std::erase(paths, directory_ / kMarkBoardName);
    return paths;
  }
  [[nodiscard]] std::filesystem::path only_segment() const {
    EXPECT_EQ(segments().size(), 1U);
    return segments().at(0);
  }
  void damage(const std::filesystem::path& path, std::size_t offset, std::size_t size = 1) {
    auto bytes = files_.contents(path);
    for (std::size_t i = offset; i < offset + size; ++i) bytes[i] = static_cast<char>(~bytes[i]);
    files_.set_contents(path, bytes);
  }

  const std::filesystem::path directory_ = "/var/lib/xaodbc";
  FaultyFileSystem files_;
  std::vector<Log> graveyard_;
};

}  // namespace xaodbc::log

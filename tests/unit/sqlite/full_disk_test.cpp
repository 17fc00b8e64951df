#include <sys/resource.h>

#include <csignal>

#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

/// No room in the file, or no room on the disk: at each size between too small and large enough a
/// verb works or changes nothing.
class FullDiskTest : public SqliteTest {
 protected:
  void SetUp() override {
    make("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 'old')");
  }
  int pages() { return std::stoi(ask("PRAGMA page_count")); }
  std::string old_rows() { return ask("SELECT id, length(v) FROM t"); }
  static constexpr const char* kWork =
      "UPDATE t SET v = hex(zeroblob(10000)); INSERT INTO t VALUES(2, hex(zeroblob(10000)))";
};

TEST_F(FullDiskTest, PrepareIsRefusedUntilThereIsRoom) {
  const int before = pages();
  int refused = 0;
  for (int room = 0; in_doubt().empty(); ++room) {
    ASSERT_LT(room, 100);
    Database database(file());
    ASSERT_EQ(database.run("PRAGMA max_page_count = " + std::to_string(before + room)), "");
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    if (!database.run(kWork).empty()) continue;  // not even the work has room
    const std::string answer = database.call("xaodbc_prepare", "g");
    if (answer == "prepared") continue;
    ++refused;
    EXPECT_THAT(answer, HasSubstr("branch g is rolled back"));
    EXPECT_EQ(old_rows(), "1|3");
    EXPECT_EQ(in_doubt(), "");
    EXPECT_EQ(ask("PRAGMA integrity_check"), "'ok'");
  }
  EXPECT_GT(refused, 5);
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(old_rows(), "1|20000\n2|20000");
}

TEST_F(FullDiskTest, ADecisionIsMadeLaterWhenThereIsRoom) {
  prepare("INSERT INTO t SELECT value, 'x' FROM json_each('[2,3,4,5]')");
  ASSERT_EQ(run("INSERT INTO t VALUES(9, hex(zeroblob(2000)))"), "");
  int refused = 0;
  const auto limited = [&](rlim_t size) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{size, size};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    Database database(file());
    const std::string answer = database.call("xaodbc_commit", "g");
    if (answer != "committed") {
      EXPECT_THAT(answer, StartsWith("error: xaodbc: "));
      raise(SIGKILL);
    }
  };
  for (rlim_t size = 0; !in_doubt().empty(); size += 512) {
    ASSERT_LT(size, 1'000'000U);
    if (support::run_in_child([&] { limited(size); }) == support::exited(0)) continue;
    ++refused;
    EXPECT_EQ(in_doubt(), "'g'");
    EXPECT_EQ(old_rows(), "1|3\n9|4000");
    EXPECT_EQ(ask("PRAGMA integrity_check"), "'ok'");
  }
  EXPECT_GT(refused, 3);
  EXPECT_EQ(ask("SELECT count(*) FROM t"), "6");
  expect_clean();
}

}  // namespace
}  // namespace xaodbc::sqlite

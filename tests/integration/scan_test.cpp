#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"

namespace xaodbc {
namespace {

using support::make_xid;
using support::text_of;

/// Servers of this suite's own: some cases stop them, and one needs room for many branches.
PrivateServer& own_server(ServerKind kind) {
  static PrivateServer postgresql(
      ServerKind::kPostgresql, {.durable = false, .variables = {"max_prepared_transactions=310"}});
  static PrivateServer mariadb(ServerKind::kMariadb, {.durable = false});
  static PrivateServer sqlite(ServerKind::kSqlite);
  if (kind == ServerKind::kSqlite) return sqlite;
  return kind == ServerKind::kPostgresql ? postgresql : mariadb;
}

/// What one call of xa_recover gave.
struct Page {
  int code = 0;
  std::vector<XID> xids;
};

class ScanTest : public testing::TestWithParam<ServerKind> {
 protected:
  ScanTest() : server_(own_server(GetParam())) {
    odbc::make_ledger(server_);
    config_.add_resource("accounts", server_);
    EXPECT_EQ(tm_.open(), XA_OK);
  }
  void TearDown() override {
    tm_.close();
    if (HasFailure()) roll_back_behind_our_back(server_);
  }

  /// As many prepared branches, left behind by processes that ended.
  std::vector<XID> prepare_branches(std::size_t count) {
    constexpr std::size_t kPerProcess = 50;  // MariaDB needs a connection for each
    std::vector<XID> all(count);
    std::vector<std::string> rows(count);
    std::ranges::generate(all, new_xid);
    std::ranges::generate(rows, new_row);
    for (std::size_t first = 0; first < count; first += kPerProcess) {
      const auto last = std::min(count, first + kPerProcess);
      EXPECT_EQ(run_in_child([&] {
                  ASSERT_EQ(tm_.open(), XA_OK);
                  for (auto i = first; i < last; ++i) prepare(all[i], rows[i]);
                }),
                exited(0));
    }
    return all;
  }
  void prepare(const XID& xid, const std::string& row) {
    ASSERT_EQ(tm_.start(xid), XA_OK);
    tm_.execute("INSERT INTO ledger VALUES (" + row + ", 1)");
    ASSERT_EQ(tm_.end(xid), XA_OK);
    ASSERT_EQ(tm_.prepare(xid), XA_OK);
  }
  void roll_back(const std::vector<XID>& all) {
    for (const auto& xid : all) EXPECT_EQ(tm_.rollback(xid), XA_OK);
    EXPECT_EQ(fetch(10, TMSTARTRSCAN | TMENDRSCAN).code, 0);
  }

  [[nodiscard]] Page fetch(long count, long flags) const {
    constexpr char kUntouched = 0x5a;
    Page page;
    page.xids.resize(static_cast<std::size_t>(std::max(count, 0L)) + 1);
    std::memset(page.xids.data(), kUntouched, page.xids.size() * sizeof(XID));
    page.code = xaodbc_switch.xa_recover_entry(page.xids.data(), count, rmid_, flags);
    EXPECT_LE(page.code, count);
    EXPECT_EQ(page.xids.back().data[0], kUntouched) << "written beyond the array";
    page.xids.resize(static_cast<std::size_t>(std::max(page.code, 0)));
    return page;
  }
  /// Everything that is left of the open scan, in pages.
  std::vector<XID> fetch_all(long count, long flags) {
    std::vector<XID> all;
    for (Page page = fetch(count, flags);; page = fetch(count, TMNOFLAGS)) {
      all.insert(all.end(), page.xids.begin(), page.xids.end());
      if (page.code < count) return all;
    }
  }

  PrivateServer& server_;
  support::ScratchConfig config_;
  const int rmid_ = new_rmid();
  Tm tm_{"accounts", rmid_};
};
INSTANTIATE_TEST_SUITE_P(All, ScanTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(ScanTest, EveryCountGivesAsManyAsThereAre) {
  constexpr int kBranches = 5;
  const auto branches = prepare_branches(kBranches);
  for (const int count : {0, 1, kBranches - 1, kBranches, kBranches + 1}) {
    SCOPED_TRACE(count);
    const Page once = fetch(count, TMSTARTRSCAN | TMENDRSCAN);
    EXPECT_EQ(once.code, std::min(count, kBranches));
    EXPECT_EQ(xids(once.xids).size(), once.xids.size()) << "one is listed twice";
    if (count == 0) continue;
    EXPECT_EQ(xids(fetch_all(count, TMSTARTRSCAN)), xids(branches));
  }
  XID unused{};
  EXPECT_EQ(xaodbc_switch.xa_recover_entry(&unused, 0, rmid_, TMSTARTRSCAN), 0);
  EXPECT_EQ(xids(fetch(kBranches, TMNOFLAGS).xids), xids(branches));
  roll_back(branches);
}

TEST_P(ScanTest, HundredBranchesInOneCallOfAHundredAndThenNone) {
  const auto branches = prepare_branches(100);
  const Page page = fetch(100, TMSTARTRSCAN);
  EXPECT_EQ(page.code, 100);
  EXPECT_EQ(xids(page.xids), xids(branches));
  EXPECT_EQ(fetch(100, TMNOFLAGS).code, 0);
  EXPECT_EQ(fetch(100, TMENDRSCAN).code, 0);
  EXPECT_EQ(fetch(100, TMNOFLAGS).code, XAER_INVAL);
  roll_back_behind_our_back(server_);
}

TEST_P(ScanTest, ThreeHundredBranchesInPagesOfSevenByteForByte) {
  auto branches = prepare_branches(300);
  const auto listed = fetch_all(7, TMSTARTRSCAN);
  ASSERT_EQ(listed.size(), branches.size());
  EXPECT_EQ(xids(listed), xids(branches));
  for (const auto& xid : listed) {
    const auto used = static_cast<std::size_t>(xid.gtrid_length + xid.bqual_length);
    EXPECT_TRUE(std::all_of(xid.data + used, xid.data + sizeof xid.data,
                            [](char byte) { return byte == 0; }));
  }
  roll_back_behind_our_back(server_);
}

TEST_P(ScanTest, StartInTheMiddleBeginsAgain) {
  const auto branches = prepare_branches(5);
  EXPECT_EQ(fetch(2, TMSTARTRSCAN).code, 2);
  EXPECT_EQ(fetch(2, TMNOFLAGS).code, 2);
  EXPECT_EQ(xids(fetch_all(2, TMSTARTRSCAN)), xids(branches));
  roll_back(branches);
}

TEST_P(ScanTest, EndGivesItsXidsAndClosesTheScan) {
  const auto branches = prepare_branches(3);
  const Page first = fetch(2, TMSTARTRSCAN);
  const Page last = fetch(2, TMENDRSCAN);
  EXPECT_EQ(last.code, 1);
  auto both = first.xids;
  both.insert(both.end(), last.xids.begin(), last.xids.end());
  EXPECT_EQ(xids(both), xids(branches));
  EXPECT_EQ(fetch(2, TMNOFLAGS).code, XAER_INVAL);
  roll_back(branches);
}

TEST_P(ScanTest, EndWithoutAnOpenScanGivesNothing) {
  const auto branches = prepare_branches(1);
  EXPECT_EQ(fetch(5, TMENDRSCAN).code, 0);
  EXPECT_EQ(xaodbc_switch.xa_recover_entry(nullptr, 0, rmid_, TMENDRSCAN), 0);
  EXPECT_EQ(fetch(5, TMNOFLAGS).code, XAER_INVAL);
  roll_back(branches);
}

TEST_P(ScanTest, ArgumentsThatCannotBeServedAreRefusedAndTheScanGoesOn) {
  const auto branches = prepare_branches(2);
  const auto recover = [&](XID* xids, long count, long flags) {
    return xaodbc_switch.xa_recover_entry(xids, count, rmid_, flags);
  };
  std::array<XID, 2> room{};
  EXPECT_EQ(recover(nullptr, 1, TMSTARTRSCAN | TMENDRSCAN), XAER_INVAL);
  EXPECT_EQ(recover(nullptr, 0, TMSTARTRSCAN | TMENDRSCAN), 0);
  EXPECT_EQ(recover(room.data(), 1, TMSTARTRSCAN), 1);
  EXPECT_EQ(recover(nullptr, 1, TMNOFLAGS), XAER_INVAL);
  EXPECT_EQ(recover(room.data(), -1, TMNOFLAGS), XAER_INVAL);
  EXPECT_EQ(recover(room.data(), LONG_MIN, TMSTARTRSCAN), XAER_INVAL);
  EXPECT_EQ(recover(room.data() + 1, 1, TMNOFLAGS), 1);
  EXPECT_EQ(xids({room.begin(), room.end()}), xids(branches));
  EXPECT_EQ(recover(room.data(), LONG_MAX, TMSTARTRSCAN | TMENDRSCAN), 2);
  roll_back(branches);
}

TEST_P(ScanTest, TwoScansGiveTheSameList) {
  const auto branches = prepare_branches(9);
  const auto first = fetch_all(4, TMSTARTRSCAN);
  const auto second = fetch_all(5, TMSTARTRSCAN);
  EXPECT_EQ(xids(first), xids(branches));
  EXPECT_EQ(xids(second), xids(first));
  roll_back(branches);
}

// A transaction manager finishes what one page gave before it asks for the next.
TEST_P(ScanTest, BranchesFinishedBetweenFetchesLeaveTheOthersListedOnce) {
  const auto branches = prepare_branches(9);
  std::vector<XID> seen;
  bool commits = false;
  for (Page page = fetch(2, TMSTARTRSCAN);; page = fetch(2, TMNOFLAGS)) {
    for (const auto& xid : page.xids) {
      commits = !commits;
      EXPECT_EQ(commits ? tm_.commit(xid) : tm_.rollback(xid), XA_OK);
      seen.push_back(xid);
    }
    if (page.code < 2) break;
  }
  EXPECT_EQ(seen.size(), branches.size());
  EXPECT_EQ(xids(seen), xids(branches));
  EXPECT_EQ(fetch(2, TMSTARTRSCAN).code, 0);
}

TEST_P(ScanTest, BranchOfTheScanningThreadIsNotDisturbed) {
  const auto prepared = prepare_branches(2);
  const XID xid = new_xid();
  const std::string row = new_row();
  ASSERT_EQ(tm_.start(xid), XA_OK);
  tm_.execute("INSERT INTO ledger VALUES (" + row + ", 1)");
  void* const connection = tm_.connection();
  EXPECT_EQ(xids(fetch_all(1, TMSTARTRSCAN)), xids(prepared));
  EXPECT_EQ(tm_.connection(), connection);
  tm_.execute("UPDATE ledger SET v = 2 WHERE id = " + row);
  ASSERT_EQ(tm_.end(xid), XA_OK);
  EXPECT_EQ(xids(fetch_all(1, TMSTARTRSCAN)), xids(prepared));
  EXPECT_EQ(tm_.commit_one_phase(xid), XA_OK);
  EXPECT_EQ(server_.connect().scalar("SELECT v FROM ledger WHERE id = " + row), "2");
  roll_back(prepared);
}

TEST_P(ScanTest, EachThreadHasItsOwnCursor) {
  const auto branches = prepare_branches(3);
  Worker other;
  ASSERT_EQ(other.run([&] { return tm_.open(); }), XA_OK);
  EXPECT_EQ(other.run([&] { return fetch(1, TMNOFLAGS); }).code, XAER_INVAL);
  EXPECT_EQ(fetch(2, TMSTARTRSCAN).code, 2);
  EXPECT_EQ(xids(other.run([&] { return fetch_all(1, TMSTARTRSCAN); })), xids(branches));
  EXPECT_EQ(fetch(2, TMNOFLAGS).code, 1);
  roll_back(branches);
}

TEST_P(ScanTest, CloseEndsTheScan) {
  const auto branches = prepare_branches(2);
  EXPECT_EQ(fetch(1, TMSTARTRSCAN).code, 1);
  ASSERT_EQ(tm_.close(), XA_OK);
  ASSERT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(fetch(1, TMNOFLAGS).code, XAER_INVAL);
  roll_back(branches);
}

/// How somebody without the bridge prepares a branch.
struct Foreign {
  const char* begin;
  std::vector<const char*> prepare;
  const char* roll_back;
  bool is_listed;
};
const std::map<ServerKind, Foreign> kForeign = {
    {ServerKind::kPostgresql,
     {"BEGIN", {"PREPARE TRANSACTION 'foreign'"}, "ROLLBACK PREPARED 'foreign'", false}},
    {ServerKind::kMariadb,
     {"XA START 'foreign','b',99",
      {"XA END 'foreign','b',99", "XA PREPARE 'foreign','b',99"},
      "XA ROLLBACK 'foreign','b',99",
      true}},
    {ServerKind::kSqlite,
     {"SELECT xaodbc_start('foreign')",
      {"SELECT xaodbc_prepare('foreign')"},
      "SELECT xaodbc_rollback('foreign')",
      false}},
};

// I5: of another resource on the same server and of other programs. MariaDB's XIDs carry no owner,
// so there they are listed and a transaction manager passes over them.
TEST_P(ScanTest, BranchesOfOthersAreListedOnlyWhereNobodyCanTellThemApart) {
  const auto own = prepare_branches(2);
  auto others = server_.connect();
  const auto& foreign = kForeign.at(GetParam());
  others.execute(foreign.begin);
  others.execute("INSERT INTO ledger VALUES (" + new_row() + ", 1)");
  for (const auto* sql : foreign.prepare) others.execute(sql);
  auto expected = xids(own);
  if (foreign.is_listed) expected.insert(text_of(make_xid("foreign", "b", 99)));
  EXPECT_EQ(xids(fetch_all(2, TMSTARTRSCAN)), expected);
  others.execute(foreign.roll_back);
  roll_back(own);
}

TEST_P(ScanTest, HeuristicBranchIsListedOnceUntilForgotten) {
  const auto branches = prepare_branches(2);
  const auto decided = support::run_program({XAODBC_TOOL_PATH, "rollback", "accounts",
                                             text_of(branches[0]), "--reason", "test", "--yes"});
  ASSERT_EQ(decided.ending, exited(0)) << decided.output;
  EXPECT_EQ(fetch_all(10, TMSTARTRSCAN).size(), 2U);
  EXPECT_EQ(tm_.commit(branches[0]), XA_HEURRB);
  const auto listed = fetch_all(10, TMSTARTRSCAN);
  EXPECT_EQ(listed.size(), 2U);
  EXPECT_EQ(xids(listed), xids(branches));
  EXPECT_EQ(tm_.forget(branches[0]), XA_OK);
  EXPECT_EQ(xids(fetch_all(10, TMSTARTRSCAN)), xids({branches[1]}));
  roll_back({branches[1]});
}

// I5: an error, never a shorter list.
TEST_P(ScanTest, ServerThatCannotBeReachedIsAnErrorAndTheSnapshotGoesOn) {
  if (GetParam() == ServerKind::kSqlite) GTEST_SKIP() << "a file has no server";
  const auto branches = prepare_branches(3);
  const Page first = fetch(1, TMSTARTRSCAN);
  EXPECT_EQ(first.code, 1);
  server_.stop();
  auto seen = fetch_all(1, TMNOFLAGS);
  seen.push_back(first.xids.at(0));
  EXPECT_EQ(xids(seen), xids(branches));
  EXPECT_EQ(fetch(10, TMSTARTRSCAN).code, XAER_RMFAIL);
  EXPECT_NE(std::string(xaodbc_last_error()), "");
  EXPECT_EQ(fetch(10, TMNOFLAGS).code, XAER_INVAL) << "the older scan must not go on";
  EXPECT_EQ(fetch(10, TMSTARTRSCAN | TMENDRSCAN).code, XAER_RMFAIL);
  server_.start();
  EXPECT_EQ(xids(fetch_all(10, TMSTARTRSCAN)), xids(branches));
  roll_back(branches);
}

}  // namespace
}  // namespace xaodbc

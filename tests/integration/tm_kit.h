#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "base/file.h"
#include "log/branch_log.h"
#include "tests/integration/odbc_kit.h"
#include "tests/support/child.h"
#include "tests/support/sabotage.h"
#include "tests/support/scratch_config.h"
#include "tests/support/tm.h"

namespace xaodbc {

using odbc::new_row;
using odbc::prepared_on;
using support::Account;
using support::commit_behind_our_back;
using support::end_sessions;
using support::exited;
using support::Keys;
using support::killed_by;
using support::new_xid;
using support::PrivateServer;
using support::roll_back_behind_our_back;
using support::run_in_child;
using support::ServerKind;
using support::SqlError;
using support::Tm;
using support::xids;
using support::Xids;
using testing::AnyOf;
using testing::IsEmpty;

MATCHER(IsRolledBack, "is an XA_RB code") { return support::is_rolled_back(arg.code); }

/// XIDs of the branches that the log still has to keep.
inline Xids live_in_log(const std::filesystem::path& directory) {
  const auto log =
      log::BranchLog::open({.directory = directory, .adopt_dead_segments = false}, posix_files());
  if (!log) throw std::runtime_error(log.error().message());
  const auto live = (*log)->live("");
  if (!live) throw std::runtime_error(live.error().message());
  Xids names;
  for (const auto& history : *live) names.insert(history.xid.to_string());
  return names;
}

/// How many records of the type the log has of the branch's newest life.
inline std::ptrdiff_t recorded(const std::filesystem::path& directory, const std::string& resource,
                               const XID& xid, log::RecordType type) {
  const auto log =
      log::BranchLog::open({.directory = directory, .adopt_dead_segments = false}, posix_files());
  const auto history =
      log.value()->find(resource, Xid::parse(support::text_of(xid)).value()).value();
  return history ? std::ranges::count(history->records, type, &log::Record::type) : 0;
}

/// An rmid that no other case uses: what one that failed leaves open is not in the way of others.
inline int new_rmid() {
  static int next = 0;
  return next++;
}

inline void insert(const Tm& tm, const std::string& row) {
  tm.execute("INSERT INTO ledger VALUES (" + row + ", 1)");
}
/// xa_start and one row.
inline void begin(Tm& tm, const XID& xid, const std::string& row) {
  ASSERT_EQ(tm.start(xid), XA_OK);
  insert(tm, row);
}
inline void begin_and_end(Tm& tm, const XID& xid, const std::string& row) {
  begin(tm, xid, row);
  ASSERT_EQ(tm.end(xid), XA_OK);
}
inline void prepare(Tm& tm, const XID& xid, const std::string& row) {
  begin_and_end(tm, xid, row);
  ASSERT_EQ(tm.prepare(xid), XA_OK);
}

/// A transaction manager with the resource `accounts` on a server and a branch log of its own. At
/// the end of every case nothing may be prepared on the server and nothing be live in the log.
class TmFixture : public testing::Test {
 protected:
  explicit TmFixture(ServerKind kind) : server_(support::shared_server(kind)) {
    config_.add_resource("accounts", server_);
  }

  static void SetUpTestSuite() {
    support::start_shared_servers();
    for (const auto kind : support::kDatabaseKinds) {
      odbc::make_ledger(support::shared_server(kind));
    }
  }

  void TearDown() override {
    EXPECT_EQ(tm_.close(), XA_OK);
    EXPECT_THAT(prepared_on(server_), IsEmpty());
    EXPECT_THAT(live_in_log(config_.log_directory()), IsEmpty());
    if (HasFailure()) roll_back_behind_our_back(server_);
  }

  [[nodiscard]] PrivateServer& server() const { return server_; }
  [[nodiscard]] bool on_mariadb() const { return server_.kind() == ServerKind::kMariadb; }
  [[nodiscard]] bool on_sqlite() const { return server_.kind() == ServerKind::kSqlite; }
  /// The server can tell how a branch ended that it does not list any more.
  [[nodiscard]] bool has_proof() const { return server_.kind() == ServerKind::kPostgresql; }

  /// Is the row there? Fails when a transaction that nobody works on any more still holds it.
  bool has_row(const std::string& row) const {
    auto session = server().connect();
    session.execute(limit_of_waiting());
    try {
      session.execute("INSERT INTO ledger VALUES (" + row + ", 2)");
    } catch (const SqlError& error) {
      EXPECT_TRUE(says_duplicate(error)) << error.what();
      return true;
    }
    session.execute("DELETE FROM ledger WHERE id = " + row);
    return false;
  }

  /// A branch that begins now can be prepared and committed.
  void expect_new_work() {
    const XID other = new_xid();
    const std::string row = new_row();
    ASSERT_NO_FATAL_FAILURE(prepare(tm_, other, row));
    EXPECT_EQ(tm_.commit(other), XA_OK);
    EXPECT_TRUE(has_row(row));
  }

  /// A statement that takes a minute.
  [[nodiscard]] std::string sleeping() const {
    if (on_sqlite()) {
      return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
             "SELECT count(*) FROM n";
    }
    return on_mariadb() ? "SELECT SLEEP(60)" : "SELECT pg_sleep(60)";
  }
  [[nodiscard]] std::string limit_of_waiting() const {
    if (on_sqlite()) return "PRAGMA busy_timeout = 10000";
    return on_mariadb() ? "SET innodb_lock_wait_timeout = 10" : "SET lock_timeout = 10000";
  }
  [[nodiscard]] bool says_duplicate(const SqlError& error) const {
    if (!on_sqlite()) return error.sqlstate.starts_with("23");
    return std::string_view(error.what()).find("UNIQUE") != std::string_view::npos;
  }

  PrivateServer& server_;
  support::ScratchConfig config_;
  Tm tm_{"accounts", new_rmid()};
  const XID xid_ = new_xid();
  const std::string row_ = new_row();
};

/// For the cases that are the same on both databases.
class TmTest : public TmFixture, public testing::WithParamInterface<ServerKind> {
 protected:
  TmTest() : TmFixture(GetParam()) {}
};

}  // namespace xaodbc

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/child.h"
#include "tests/support/scratch_directory.h"
#include "tests/torture/database.h"

namespace xaodbc::sqlite {

using testing::HasSubstr;
using testing::StartsWith;
using torture::Database;
using torture::Extension;

/// A file of SQLite's, and what tests do with branches in it.
class SqliteTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "test.db"; }

  void make(const std::string& sql) {
    Database database(file(), Extension::kNone);
    ASSERT_EQ(database.run(sql), "");
  }
  /// Does `sql` in a branch of its own connection and prepares it.
  void prepare(const std::string& sql, const std::string& gid = "g") {
    Database database(file());
    ASSERT_EQ(database.call("xaodbc_start", gid), "started");
    ASSERT_EQ(database.run(sql), "");
    ASSERT_EQ(database.call("xaodbc_prepare", gid), "prepared");
  }
  /// What prepare answers to a branch that does `sql`.
  std::string vote(const std::string& sql, const std::string& gid = "g") {
    Database database(file());
    EXPECT_EQ(database.call("xaodbc_start", gid), "started");
    EXPECT_EQ(database.run(sql), "");
    return database.call("xaodbc_prepare", gid);
  }
  std::string commit(const std::string& gid = "g") {
    return Database(file()).call("xaodbc_commit", gid);
  }
  std::string roll_back(const std::string& gid = "g") {
    return Database(file()).call("xaodbc_rollback", gid);
  }
  /// By somebody who has no extension.
  std::string ask(const std::string& sql) { return Database(file(), Extension::kNone).ask(sql); }
  std::string run(const std::string& sql) { return Database(file(), Extension::kNone).run(sql); }

  std::string in_doubt() {
    const std::string table = "SELECT name FROM sqlite_schema WHERE name = 'xaodbc_branch'";
    return ask(table).empty() ? "" : ask("SELECT gid FROM xaodbc_branch");
  }
  /// Nothing of any branch is left beside the tables, and the file is in order.
  void expect_clean() {
    EXPECT_EQ(in_doubt(), "");
    EXPECT_EQ(ask("PRAGMA integrity_check"), "'ok'");
    EXPECT_EQ(ask("PRAGMA foreign_key_check"), "");
    Database database(file(), Extension::kNone);
    std::string counts;
    const std::string sides = database.ask(
        "SELECT group_concat(printf('SELECT 1 FROM \"%w\"', name), ' UNION ALL ') FROM "
        "sqlite_schema WHERE type = 'table' AND name LIKE 'xaodbc_row_%'");
    if (sides != "NULL") counts = database.ask(sides.substr(1, sides.size() - 2));
    EXPECT_EQ(counts, "");
  }

  support::ScratchDirectory directory_;
};

}  // namespace xaodbc::sqlite

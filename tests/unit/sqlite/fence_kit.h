#pragma once

#include <string>
#include <vector>

#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {

/// What somebody without the extension may do while a branch is in doubt. Whatever it is, the
/// branch can be committed afterwards.
class FenceTest : public SqliteTest {
 protected:
  void expect_refused(const std::vector<std::string>& statements) {
    for (const std::string& sql : statements) {
      const std::string before = everything();
      Database stranger(file(), Extension::kNone);
      EXPECT_THAT(stranger.run(sql), HasSubstr("xaodbc: a prepared branch")) << sql;
      EXPECT_EQ(stranger.code(), SQLITE_CONSTRAINT_TRIGGER) << sql;
      EXPECT_EQ(everything(), before) << sql;
    }
  }
  void expect_allowed(const std::vector<std::string>& statements) {
    for (const std::string& sql : statements) EXPECT_EQ(run(sql), "") << sql;
  }
  std::string everything() {
    std::string all;
    for (const std::string table : {"p", "t", "c", "w"}) {
      if (!ask("SELECT 1 FROM sqlite_schema WHERE name = '" + table + "'").empty()) {
        all += ask("SELECT * FROM " + table + " ORDER BY 1") + "\n";
      }
    }
    return all;
  }
};

/// A parent with two keys, and a child that refers to both.
inline constexpr const char* kFamily =
    "CREATE TABLE p(id INTEGER PRIMARY KEY, u TEXT UNIQUE, v);"
    "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE, u TEXT COLLATE "
    "NOCASE "
    "REFERENCES p(u) ON UPDATE SET NULL);"
    "INSERT INTO p VALUES(1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4);"
    "INSERT INTO c VALUES(1, 1, NULL), (2, NULL, 'b')";

}  // namespace xaodbc::sqlite

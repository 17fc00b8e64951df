#pragma once

#include <chrono>
#include <csignal>
#include <string>

#include "tests/integration/tm_kit.h"

namespace xaodbc {

using testing::HasSubstr;

/// A resource that is one SQLite file.
class SqliteTmTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.set("verb_timeout", "2");
    add_resource({});
    make_table();
    ASSERT_EQ(tm_.open(), XA_OK);
  }
  void TearDown() override {
    EXPECT_EQ(tm_.close(), XA_OK);
    EXPECT_THAT(live_in_log(config_.log_directory()), IsEmpty());
  }

  void add_resource(const Keys& more) {
    Keys keys = {{"dialect", "sqlite"}, {"connection", connection_string()}};
    keys.insert(keys.end(), more.begin(), more.end());
    config_.add_resource("accounts", keys);
  }
  [[nodiscard]] std::string connection_string() const {
    return "Driver=" XAODBC_SQLITE_DRIVER ";Database=" + file();
  }
  [[nodiscard]] std::string file() const { return (config_.directory() / "bank.db").string(); }

  /// The file for what lies beneath the verbs, which waits long.
  [[nodiscard]] config::ResourceSettings settings() const {
    auto settings = odbc::settings_for(support::shared_server(ServerKind::kSqlite));
    settings.connection = Secret(connection_string());
    settings.verb_timeout = std::chrono::minutes(10);
    return settings;
  }
  /// In a process of its own, which leaves the branch in doubt.
  void prepare_and_die() {
    const auto work = [this] {
      ASSERT_EQ(tm_.open(), XA_OK);
      prepare(tm_, xid_, row_);
      ::raise(SIGKILL);
    };
    ASSERT_EQ(run_in_child(work), killed_by(SIGKILL));
  }

  /// Somebody who works on the file without the bridge and its extension.
  [[nodiscard]] support::SqlSession stranger() const {
    return support::SqlSession(connection_string() + ";Timeout=100");
  }
  void make_table() const {
    stranger().execute("CREATE TABLE ledger (id INTEGER PRIMARY KEY, v INTEGER)");
  }
  [[nodiscard]] bool has_row(const std::string& row) const {
    return !stranger().execute("SELECT 1 FROM ledger WHERE id = " + row).empty();
  }

  support::ScratchConfig config_;
  Tm tm_{"accounts", new_rmid()};
  const XID xid_ = new_xid();
  const std::string row_ = new_row();
};

}  // namespace xaodbc

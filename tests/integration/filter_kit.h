#pragma once

#include <memory>
#include <string>

#include "tests/integration/tm_kit.h"

namespace xaodbc {

/// One branch after the other on a connection to PostgreSQL that the filter looks into.
class FilteredBranch : public testing::Test {
 protected:
  FilteredBranch(PrivateServer& server, config::Guard guard) : server_(server) {
    auto settings = odbc::settings_for(server);
    settings.guard = guard;
    kit_.emplace(settings);
    connection_ = kit_->connect();
  }

  [[nodiscard]] const odbc::Dialect& dialect() const { return kit_->dialect(); }
  void start() {
    ASSERT_TRUE(connection_->wire);
    branch_ = kit_->name(*connection_, odbc::new_xid());
    odbc::Kit::must(dialect().start(*connection_, branch_, odbc::soon()), "start");
  }
  void run(const std::string& sql) { odbc::Kit::run(*connection_, sql); }
  bool fails(const std::string& sql) { return !odbc::execute_on(connection_->handle(), sql).ok; }
  Result<odbc::Vote> prepare() { return dialect().prepare(*connection_, branch_, odbc::soon()); }
  Status commit() {
    return dialect().finish_prepared(*connection_, branch_, odbc::Decision::kCommit, odbc::soon());
  }
  Status commit_one_phase() {
    return dialect().commit_one_phase(*connection_, branch_, odbc::soon());
  }
  [[nodiscard]] bool has_row(const std::string& row) const { return odbc::has_row(server_, row); }
  [[nodiscard]] static std::string insert(const std::string& row = new_row()) {
    return "INSERT INTO ledger VALUES (" + row + ", 1)";
  }

  PrivateServer& server_;
  std::optional<odbc::Kit> kit_;
  std::unique_ptr<odbc::Connection> connection_;
  odbc::BranchName branch_;
  const std::string row_ = new_row();
};

}  // namespace xaodbc

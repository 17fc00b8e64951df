#pragma once

#include <chrono>

#include "config/settings.h"
#include "odbc/dialect.h"

namespace xaodbc::odbc {

/// The extension that makes branches in SQLite files (sqlite/PROTOCOL.md), beside our own library.
constexpr const char* kSqliteExtension = "libxaodbc-sqlite.so";

/// SQLite through libsqliteodbc, with our extension loaded into the driver's connection. Measured
/// on libsqliteodbc 0.9998 and SQLite 3.40.1.
///
///   start      SELECT xaodbc_start('<gid>')
///   prepare    SELECT xaodbc_prepare('<gid>') | SELECT xaodbc_prepare_always('<gid>')
///   one phase  SELECT xaodbc_commit_one_phase('<gid>')
///   finish     SELECT xaodbc_commit('<gid>') | SELECT xaodbc_rollback('<gid>')
///   list       SELECT gid FROM xaodbc_branch
///
///   end        SELECT xaodbc_end_session('<session>'), for connections of this process
///
/// There is no server that could end the session of another process. What takes its place is the
/// file's write lock, which a branch holds from start to prepare: whoever gets it knows that no
/// branch that is not listed can become prepared any more (3.1.2).
class SqliteDialect final : public Dialect {
 public:
  explicit SqliteDialect(const config::ResourceSettings& settings);

  [[nodiscard]] std::string_view name() const override { return "sqlite"; }
  Status introduce(Connection& connection, Deadline deadline) const override;
  [[nodiscard]] BranchName name_branch(const Xid& xid, std::string_view tag) const override;
  Status start(Connection& connection, const BranchName& branch, Deadline deadline) const override;
  Result<Vote> prepare(Connection& connection, const BranchName& branch,
                       Deadline deadline) const override;
  Status commit_one_phase(Connection& connection, const BranchName& branch,
                          Deadline deadline) const override;
  bool roll_back_active(Connection& connection, const BranchName& branch,
                        Deadline deadline) const override;
  Status finish_prepared(Connection& connection, const BranchName& branch, Decision decision,
                         Deadline deadline) const override;
  Result<std::vector<ListedBranch>> list(Connection& connection, Deadline deadline) const override;
  Status end_session(Connection& connection, std::string_view session,
                     Deadline deadline) const override;
  Status release_branch(Connection& /*connection*/, std::string_view /*session*/,
                        Deadline /*deadline*/) const override {
    return Status::ok();
  }
  Result<bool> session_alive(Connection& connection, std::string_view session,
                             Deadline deadline) const override;
  Result<ServerProof> prove(Connection& /*connection*/, std::string_view /*transaction_id*/,
                            Deadline /*deadline*/) const override {
    return ServerProof::kNothing;
  }
  [[nodiscard]] bool keeps_connection_when_prepared() const override { return false; }
  std::vector<Finding> examine(Connection& connection, Deadline deadline) const override;

 private:
  Status failed_in_branch(Connection& connection, const BranchName& branch, const Answer& answer,
                          std::string_view verb, Deadline deadline) const;

  std::string resource_;
  bool read_only_votes_;
  std::chrono::milliseconds patience_;
  bool step_api_;               ///< the connection string asks for cursors that stay open
  const std::string database_;  ///< as the connection string names it; "" with a DSN
};

}  // namespace xaodbc::odbc

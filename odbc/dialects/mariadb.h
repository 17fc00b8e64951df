#pragma once

#include "config/settings.h"
#include "odbc/dialect.h"

namespace xaodbc::odbc {

/// MariaDB through Connector/ODBC. Measured on Connector/ODBC 3.1.15 and MariaDB 10.11 (drivers.md
/// 2). The server has XA of its own:
///
///   start      XA START <xid>
///   prepare    BEGIN NOT ATOMIC XA END <xid>; XA PREPARE <xid>; END, perhaps while a sibling's
///              server is waited for (xa/siblings.h)
///   one phase  BEGIN NOT ATOMIC XA END <xid>; XA COMMIT <xid> ONE PHASE; END
///              or, with a binary log, XA END <xid>; XA PREPARE <xid>; XA COMMIT <xid>
///   finish     XA COMMIT <xid> | XA ROLLBACK <xid>
///   list       BEGIN NOT ATOMIC XA RECOVER FORMAT='SQL'; END
///
/// Why BEGIN NOT ATOMIC: mariadb_block.h. The server refuses COMMIT, ROLLBACK and DDL inside a
/// branch itself (1399), so no sentinel is needed. A prepared branch belongs to its session until
/// that has left the process list; only then may another session finish it.
class MariadbDialect final : public Dialect {
 public:
  explicit MariadbDialect(const config::ResourceSettings& settings);

  [[nodiscard]] std::string_view name() const override { return "mariadb"; }
  Status introduce(Connection& connection, Deadline deadline) const override;
  [[nodiscard]] BranchName name_branch(const Xid& xid, std::string_view tag) const override;
  Status start(Connection& connection, const BranchName& branch, Deadline deadline) const override;
  [[nodiscard]] bool can_prepare_beside() const override { return true; }
  void prepare_beside(Connection& connection, const BranchName& branch,
                      Deadline deadline) const override;
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
  Status release_branch(Connection& connection, std::string_view session,
                        Deadline deadline) const override;
  Result<bool> session_alive(Connection& connection, std::string_view session,
                             Deadline deadline) const override;
  Result<ServerProof> prove(Connection& connection, std::string_view transaction_id,
                            Deadline deadline) const override;
  [[nodiscard]] bool keeps_connection_when_prepared() const override { return true; }
  std::vector<Finding> examine(Connection& connection, Deadline deadline) const override;

 private:
  static Answer end_and_roll_back(Connection& connection, const BranchName& branch,
                                  Deadline deadline);
  Status failed_in_branch(Connection& connection, const BranchName& branch, const Answer& answer,
                          std::string_view verb, Deadline deadline) const;

  std::string resource_;
};

}  // namespace xaodbc::odbc

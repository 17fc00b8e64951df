#pragma once

#include "config/settings.h"
#include "odbc/dialect.h"
#include "odbc/dialects/postgresql_witness.h"

namespace xaodbc::odbc {

/// PostgreSQL through psqlODBC. Measured on psqlODBC 13.02 and PostgreSQL 15 (drivers.md 1, 3).
///
/// A branch is a plain transaction with a sentinel in it:
///
///   connect    PREPARE xaodbc_… AS <witness>
///   start      BEGIN;SET LOCAL xaodbc.branch=<number>;SET xaodbc.last=<number>
///   prepare    EXECUTE xaodbc_…;PREPARE TRANSACTION '<gid>'
///   one phase  EXECUTE xaodbc_same;COMMIT
///   finish     COMMIT PREPARED '<gid>' | ROLLBACK PREPARED '<gid>'
///
/// The local variable lives exactly as long as the transaction. The witness is an error when
/// it is not there, because the application ended the transaction, and 25P02 when a failed
/// statement aborted it, so that no PREPARE reaches the server for work that is not there (I1). It
/// is the id of the transaction that is being prepared, or an error when nothing was
/// written, which is the read-only vote. The server has planned it before: a cursor, or the same as
/// a SELECT, costs as much as a third of a small transaction.
///
/// An aborted transaction answers no question, so 25P02 could come from one that the application
/// began after committing ours: xaodbc.last tells, which a rollback of our transaction undoes and a
/// commit keeps.
///
/// Where the filter is installed (filter/interface.h), start sends nothing and arms it: the filter
/// puts BEGIN in front of whatever is sent next, and keeps the answer to it from the driver. A
/// transaction ends by a command whose tag says so, or that fails and leaves none behind, and the
/// filter sees every tag; only what rolls back can mean more than one thing, so the first such text
/// gets the sentinel in front of it, and the witness looks for it then. xaodbc.last is not needed.
/// A branch for which nothing was sent until its end does not exist on the server. What ends a
/// branch is sent past the driver, PREPARE TRANSACTION perhaps ahead of its own xa_prepare. Where
/// the answers have told that rows were changed, the witness need not find out whether any were.
///
/// With guard = light nothing is sent at start, and the witness does not look for the variable: a
/// failed statement is still noticed, COMMIT as SQL text is not. With the filter it is as with
/// guard = full, but for the id: the server's own word for what it did is the proof, and a branch
/// that has changed rows is asked nothing, unless the application has changed settings, which the
/// role is one of.
class PostgresqlDialect final : public Dialect {
 public:
  explicit PostgresqlDialect(const config::ResourceSettings& settings);

  [[nodiscard]] std::string_view name() const override { return "postgresql"; }
  Status introduce(Connection& connection, Deadline deadline) const override;
  [[nodiscard]] BranchName name_branch(const Xid& xid, std::string_view tag) const override;
  Status start(Connection& connection, const BranchName& branch, Deadline deadline) const override;
  bool prepare_ahead(Connection& connection, const BranchName& branch) const override;
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
  Result<ServerProof> prove(Connection& connection, std::string_view transaction_id,
                            Deadline deadline) const override;
  [[nodiscard]] bool keeps_connection_when_prepared() const override { return false; }
  std::vector<Finding> examine(Connection& connection, Deadline deadline) const override;

 private:
  Answer ask_who(Connection& connection, Deadline deadline) const;
  Status plan_witnesses(Connection& connection, Deadline deadline) const;
  static Status start_light(Connection& connection, Deadline deadline);
  Status start_unsent(Connection& connection, Deadline deadline) const;
  Status start_plain(Connection& connection, Deadline deadline) const;
  static bool committed_by_application(Connection& connection, Deadline deadline);
  /// True when an end of the transaction by the application is noticed.
  [[nodiscard]] bool guards(const Connection& connection) const;
  /// True when the branch ends by asking for the sentinel.
  [[nodiscard]] bool asks_for_sentinel(const Connection& connection) const;
  const std::string& prepare_text(Connection& connection, const BranchName& branch) const;
  static Result<Vote> vote_by_rows(Connection& connection, const Answer& answer);
  Result<Vote> vote_by_tag(Connection& connection, const Answer& answer) const;
  static Result<Vote> without_proof(Connection& connection, const Answer& answer);
  static Status rolled_back_instead(const Connection& connection);
  Status failed_in_branch(Connection& connection, const Answer& answer, std::string_view verb,
                          Deadline deadline) const;

  std::string resource_;
  bool full_guard_;
  bool read_only_votes_;
  bool filter_;
};

}  // namespace xaodbc::odbc

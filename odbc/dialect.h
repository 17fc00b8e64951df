#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/secret.h"
#include "base/status.h"
#include "branch/xid.h"
#include "config/settings.h"
#include "odbc/connection.h"

namespace xaodbc::odbc {

/// A branch as the server knows it: `gid` where prepared transactions are named by text.
struct BranchName {
  Xid xid;
  std::string gid;
};

enum class Decision { kCommit, kRollback };

/// What PREPARE proved.
struct Vote {
  bool read_only = false;      ///< nothing was written, the transaction is ended
  std::string transaction_id;  ///< the server's own id where it has one (PostgreSQL xid8), else ""
};

/// One row of the server's list of prepared branches.
struct ListedBranch {
  Xid xid;
  std::string gid;           ///< as the server shows it
  std::string prepared_at;   ///< server's clock, in UTC; "" where the server does not tell
  std::string owner;         ///< user who prepared it, "" where the server does not tell
  bool surely_ours = false;  ///< carries our resource tag; MariaDB's XIDs cannot (I5)
};

/// What the server can prove about a transaction that is not listed any more.
enum class ServerProof { kCommitted, kRolledBack, kInProgress, kNothing };

/// One finding of `xaodbc doctor`.
struct Finding {
  enum class Level { kFine, kNote, kProblem };
  Level level = Level::kFine;
  std::string what;  ///< what was looked at and what was found
  std::string todo;  ///< what to change; "" when kFine
};

/// How one database server does two-phase commit. Stateless, thread-safe, one object per resource.
/// All SQL of the project stands in the files of dialects/.
class Dialect {
 public:
  virtual ~Dialect() = default;

  /// "postgresql", "mariadb".
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Asks a new connection who serves it and sets its identity.
  /// kMisconfigured when branches cannot work there (PostgreSQL: max_prepared_transactions = 0).
  virtual Status introduce(Connection& connection, Deadline deadline) const = 0;

  /// The name a branch of the resource with that tag has on the server.
  [[nodiscard]] virtual BranchName name_branch(const Xid& xid, std::string_view tag) const = 0;

  /// Begins the branch. kInvalidArgument: the server cannot carry this XID. kDuplicateBranch.
  /// kConnectionLost: nothing was begun, another connection may be tried.
  virtual Status start(Connection& connection, const BranchName& branch,
                       Deadline deadline) const = 0;

  /// Sends what prepare() sends and waits for nothing; prepare() then only waits for the answer.
  /// False: not with this database, or the vote may be a read-only one; nothing was sent.
  virtual bool prepare_ahead(Connection& /*connection*/, const BranchName& /*branch*/) const {
    return false;
  }

  /// Where nothing can be sent without waiting: true when prepare_beside() does for prepare() what
  /// takes time, while another server is waited for anyhow.
  [[nodiscard]] virtual bool can_prepare_beside() const { return false; }
  /// Sends what prepare() sends and keeps the answer for it.
  virtual void prepare_beside(Connection& /*connection*/, const BranchName& /*branch*/,
                              Deadline /*deadline*/) const {}

  /// One round trip from an active branch to a prepared one (I1). kRolledBack with the reason:
  /// certainly rolled back. kOutcomeUnknown: no answer, ask (I3).
  virtual Result<Vote> prepare(Connection& connection, const BranchName& branch,
                               Deadline deadline) const = 0;

  /// kOk, kRolledBack, kOutcomeUnknown.
  virtual Status commit_one_phase(Connection& connection, const BranchName& branch,
                                  Deadline deadline) const = 0;

  /// Ends an unprepared branch. Whatever goes wrong, the connection is marked unfit and closing it
  /// rolls back. False: the application was seen to have ended the branch's transaction itself;
  /// what became of its work is not known.
  virtual bool roll_back_active(Connection& connection, const BranchName& branch,
                                Deadline deadline) const = 0;

  /// Second phase. kOk: done now. kUnknownBranch: not there (proves nothing by itself).
  /// kRetry: somebody else holds it. kRefused: rights, other database. kOutcomeUnknown.
  /// kConnectionLost: the connection was dead already and nothing was sent.
  virtual Status finish_prepared(Connection& connection, const BranchName& branch,
                                 Decision decision, Deadline deadline) const = 0;

  /// All prepared branches of this database that can be ours, complete or an error (I5).
  virtual Result<std::vector<ListedBranch>> list(Connection& connection,
                                                 Deadline deadline) const = 0;

  /// Makes sure that the session of that identity (as `introduce` set it) is gone from the server,
  /// ending it when it is still there, so that absence proves something (3.1.2). kRetry: still
  /// there at the deadline. An empty identity: kOk.
  virtual Status end_session(Connection& connection, std::string_view session,
                             Deadline deadline) const = 0;

  /// Ends that session and makes sure that it no longer holds a branch which it had prepared, so
  /// that `finish_prepared` on another connection really finishes it (3.1.3). Results as above;
  /// where prepared branches are not tied to a session there is nothing to do.
  virtual Status release_branch(Connection& connection, std::string_view session,
                                Deadline deadline) const = 0;

  /// True when that session still exists on the server.
  virtual Result<bool> session_alive(Connection& connection, std::string_view session,
                                     Deadline deadline) const = 0;

  /// The server's own proof for a transaction id of a Vote; kNothing for an empty id.
  virtual Result<ServerProof> prove(Connection& connection, std::string_view transaction_id,
                                    Deadline deadline) const = 0;

  /// MariaDB ties a prepared branch to its session until that ends.
  [[nodiscard]] virtual bool keeps_connection_when_prepared() const = 0;

  /// Checks for `xaodbc doctor`: version, rights, server settings, the recovery query.
  virtual std::vector<Finding> examine(Connection& connection, Deadline deadline) const = 0;
};

/// What a connection string gets added, whatever DSN or user wrote: options that the safety of a
/// branch needs (drivers.md 1.2, 1.5). Before the dialect is known all options of all dialects are
/// added: each driver ignores the keys of the others.
Secret complete_connection_string(const config::ResourceSettings& settings);

/// By name, or for "auto" by what SQLGetInfo says. kMisconfigured: not a database we know.
Result<std::unique_ptr<Dialect>> make_dialect(const config::ResourceSettings& settings,
                                              const Connection& connection);

}  // namespace xaodbc::odbc

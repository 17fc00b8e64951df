#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "odbc/dialect.h"
#include "odbc/pool.h"

namespace xaodbc::odbc {

/// What is known of a prepared branch that somebody wants finished; the strings come from the log
/// and may be empty.
struct Claim {
  BranchName branch{};
  std::string session{};         ///< that prepared it
  std::string transaction_id{};  ///< of its Vote
  std::string server{};          ///< where it was prepared
  bool answered = false;         ///< that session has answered PREPARE
};

/// What became of a branch that was to be finished, as proved by the server.
struct Settlement {
  /// True: this call finished it as decided. False: the server does not have it, and the session
  /// that might still prepare it is gone; `proof` is all there is.
  bool finished = false;
  /// A statement of this call was sent and not answered before: then absence means that it worked,
  /// where the log knows of no other decision.
  bool answer_lost = false;
  ServerProof proof = ServerProof::kNothing;
};

/// One resource's database: its dialect, its pool, and the questions that need a connection of
/// their own. Thread-safe.
class Database {
 public:
  /// Connects once, so that a resource which cannot be reached is told from the start.
  static Result<std::shared_ptr<Database>> open(const config::ResourceSettings& settings,
                                                Deadline deadline);

  /// One round trip on an idle connection, or a new connection (xa_open must really reach it).
  Status prove_reachable(Deadline deadline);

  [[nodiscard]] const Dialect& dialect() const { return *dialect_; }
  [[nodiscard]] ConnectionPool& pool() { return *pool_; }
  [[nodiscard]] const config::ResourceSettings& settings() const { return settings_; }
  /// Identity of server and database, as in the log.
  [[nodiscard]] std::string server();
  BranchName name_branch(const Xid& xid);

  Result<std::vector<ListedBranch>> list(Deadline deadline);

  /// True when the server lists the branch now, asked on any connection at hand. False proves
  /// nothing; see is_prepared.
  Result<bool> is_listed(const BranchName& branch, Deadline deadline);

  /// Is the branch prepared? Ends the session that may still be preparing it first, so that "no"
  /// is final (3.1.2). Errors mean that nothing is known.
  Result<bool> is_prepared(const Claim& claim, Deadline deadline);

  /// kRetry when the resource leads to another server now than when the branch was prepared, and
  /// that one does not list it: what is absent there may be anything (I3).
  Status check_server(Connection& connection, const Claim& claim, Deadline deadline);

  /// True when the server proves that a branch which it does not list any more was rolled back.
  bool proves_rolled_back(const Claim& claim, Deadline deadline);

  /// Finishes a prepared branch from a connection other than the one that prepared it, whatever
  /// still holds it. kRetry, kUnavailable, kOutcomeUnknown, kRefused: not known to be finished.
  Result<Settlement> settle(const Claim& claim, Decision decision, Deadline deadline);

  /// For `xaodbc doctor`.
  Result<std::vector<Finding>> examine(Deadline deadline);

 private:
  explicit Database(config::ResourceSettings settings) : settings_(std::move(settings)) {}
  Result<std::unique_ptr<Connection>> connect(Deadline deadline);
  Result<Settlement> settle_on(Lease& lease, const Claim& claim,
                               const std::vector<std::string>& sessions, Decision decision,
                               Deadline deadline);
  Status end_sessions(Lease& lease, const std::vector<std::string>& sessions, Deadline deadline);
  [[nodiscard]] bool may_still_prepare(const Claim& claim) const;
  Result<bool> listed(Connection& connection, const BranchName& branch, Deadline deadline);

  config::ResourceSettings settings_;
  std::unique_ptr<Dialect> dialect_;
  std::shared_ptr<ConnectionPool> pool_;
  std::mutex mutex_;   ///< guards identity_
  Identity identity_;  ///< of the newest connection
};

}  // namespace xaodbc::odbc

#include "odbc/database.h"

#include "config/password_keys.h"
#include "odbc/connection_string.h"
#include "odbc/polling.h"

namespace xaodbc::odbc {
namespace {

/// No driver was seen to repeat a password in a diagnostic; none shall get the chance (I10).
std::string without(std::string text, std::string_view secret) {
  if (secret.empty()) return text;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "***");
    at += 3;
  }
  return text;
}

std::string next_step(std::string_view why, const config::ResourceSettings& settings) {
  const auto says = [&](std::string_view text) { return why.find(text) != std::string_view::npos; };
  if (says("IM002")) return "; check dsn against odbc.ini ($ODBCINI, ~/.odbc.ini, /etc/odbc.ini)";
  if (says("can't open lib") || says("Can't open lib")) {
    return "; install the ODBC driver or correct Driver in odbcinst.ini";
  }
  if (settings.dialect == "sqlite") {
    return "; check that the file of Database exists (touch makes an empty one) and may be written";
  }
  if (says("too many") || says("Too many")) {
    return "; raise max_connections of the server, or lower connections_max of the resource";
  }
  if (says("password") || says("28000")) return "; check user and password_file of the resource";
  if (says("does not exist") || says("1049")) return "; check the database name in odbc.ini";
  return "; check that the server runs and that address and port in odbc.ini are right";
}

Status explained(const Status& status, const config::ResourceSettings& settings) {
  std::string why = without(status.message(), settings.password.reveal());
  const ConnectionString given(settings.connection);
  for (const auto key : config::kPasswordKeys) why = without(std::move(why), given.get(key));
  if (status.is(StatusCode::kUnavailable)) why += next_step(why, settings);
  return {status.code(), "cannot connect to " +
                             (settings.dsn.empty() ? "the database" : "dsn " + settings.dsn) +
                             ": " + why};
}

}  // namespace

Result<std::shared_ptr<Database>> Database::open(const config::ResourceSettings& settings,
                                                 Deadline deadline) {
  std::shared_ptr<Database> database(new Database(settings));
  auto connection = database->connect(deadline);
  if (!connection) return failure(connection.error());
  // The pool outlives nobody: its connect function is only called through a living Database.
  database->pool_ = ConnectionPool::create(
      settings.connections_max, [raw = database.get()](Deadline by) { return raw->connect(by); });
  database->pool_->adopt(std::move(*connection));
  return database;
}

Result<std::unique_ptr<Connection>> Database::connect(Deadline deadline) {
  auto connection = Connection::connect(complete_connection_string(settings_), deadline);
  if (!connection) return failure(explained(connection.error(), settings_));
  if (dialect_ == nullptr) {
    auto dialect = make_dialect(settings_, **connection);
    if (!dialect) return failure(dialect.error());
    dialect_ = std::move(*dialect);
  }
  if (auto status = dialect_->introduce(**connection, deadline); !status.is_ok()) {
    return failure(explained(status, settings_));
  }
  const std::lock_guard lock(mutex_);
  identity_ = (*connection)->identity();
  return connection;
}

Status Database::prove_reachable(Deadline deadline) {
  for (;;) {
    // Whoever opens may be about to finish the branches that hold all connections.
    auto lease = pool_->lease_now(deadline);
    if (!lease && lease.error().is(StatusCode::kRetry)) lease = pool_->lease_fresh(deadline);
    if (!lease) return lease.error();
    const auto asked = dialect_->session_alive(**lease, (*lease)->identity().session, deadline);
    if (asked) return Status::ok();
    lease->discard();
    pool_->drop_idle();
    if (deadline.expired()) return asked.error();
  }
}

std::string Database::server() {
  const std::lock_guard lock(mutex_);
  return identity_.server;
}

BranchName Database::name_branch(const Xid& xid) {
  const std::lock_guard lock(mutex_);
  return dialect_->name_branch(xid, identity_.tag);
}

Result<std::vector<ListedBranch>> Database::list(Deadline deadline) {
  auto lease = pool_->lease_fresh(deadline);
  if (!lease) return failure(lease.error());
  return dialect_->list(**lease, deadline);
}

Result<bool> Database::listed(Connection& connection, const BranchName& branch, Deadline deadline) {
  const auto branches = dialect_->list(connection, deadline);
  if (!branches) return failure(branches.error());
  for (const auto& found : *branches) {
    if (found.xid == branch.xid) return true;
  }
  return false;
}

Result<bool> Database::is_listed(const BranchName& branch, Deadline deadline) {
  auto lease = pool_->lease_now(deadline);
  if (!lease) return false;
  const auto found = listed(**lease, branch, deadline);
  if (!found) lease->discard();
  return found;
}

/// A session that has answered PREPARE will not prepare the branch any more, and works for others
/// by now, unless the branch is tied to it.
bool Database::may_still_prepare(const Claim& claim) const {
  return !claim.answered || dialect_->keeps_connection_when_prepared();
}

Result<bool> Database::is_prepared(const Claim& claim, Deadline deadline) {
  auto lease = pool_->lease_fresh(deadline);
  if (!lease) return failure(lease.error());
  const auto before = listed(**lease, claim.branch, deadline);
  if (!before || *before) return before;
  if (auto status = check_server(**lease, claim, deadline); !status.is_ok()) {
    return failure(std::move(status));
  }
  if (may_still_prepare(claim)) {
    auto gone = dialect_->end_session(**lease, claim.session, deadline);
    if (!gone.is_ok()) return failure(std::move(gone));
  }
  return listed(**lease, claim.branch, deadline);
}

Status Database::check_server(Connection& connection, const Claim& claim, Deadline deadline) {
  const std::string& here = connection.identity().server;
  if (claim.server.empty() || claim.server == here) return Status::ok();
  // MariaDB's identity follows the address of the machine, which may have changed.
  const auto found = listed(connection, claim.branch, deadline);
  if (!found) return found.error();
  if (*found) return Status::ok();
  return {StatusCode::kRetry, "the branch was prepared on " + claim.server +
                                  ", and the resource leads to " + here +
                                  " now; let it lead there again"};
}

bool Database::proves_rolled_back(const Claim& claim, Deadline deadline) {
  auto lease = pool_->lease_fresh(deadline);
  if (!lease || !check_server(**lease, claim, deadline).is_ok()) return false;
  const auto proof = dialect_->prove(**lease, claim.transaction_id, deadline);
  return proof && *proof == ServerProof::kRolledBack;
}

Result<Settlement> Database::settle(const Claim& claim, Decision decision, Deadline deadline) {
  std::vector<std::string> sessions;
  if (may_still_prepare(claim)) sessions.push_back(claim.session);
  const auto unanswered = [&sessions, known = sessions.size()] { return sessions.size() > known; };
  for (Polling polling(deadline);;) {
    if (deadline.expired()) return failure(StatusCode::kRetry, "verb_timeout passed");
    auto lease = pool_->lease_fresh(deadline);
    if (!lease) return failure(lease.error());
    const std::string session = (*lease)->identity().session;
    auto settlement = settle_on(*lease, claim, sessions, decision, deadline);
    if (settlement) {
      settlement->answer_lost = unanswered();
      return settlement;
    }
    const bool again = settlement.error().is(StatusCode::kOutcomeUnknown) ||
                       settlement.error().is(StatusCode::kRetry);
    if (!again || !polling.again()) return settlement;
    // The statement may still run on the session that did not answer; it has to be gone before
    // anything is concluded.
    if (settlement.error().is(StatusCode::kOutcomeUnknown)) sessions.push_back(session);
  }
}

Status Database::end_sessions(Lease& lease, const std::vector<std::string>& sessions,
                              Deadline deadline) {
  for (const auto& session : sessions) {
    if (auto gone = dialect_->end_session(*lease, session, deadline); !gone.is_ok()) return gone;
  }
  return Status::ok();
}

Result<Settlement> Database::settle_on(Lease& lease, const Claim& claim,
                                       const std::vector<std::string>& sessions, Decision decision,
                                       Deadline deadline) {
  const auto finish = [&] {
    return dialect_->finish_prepared(*lease, claim.branch, decision, deadline);
  };
  if (auto status = check_server(*lease, claim, deadline); !status.is_ok()) {
    return failure(std::move(status));
  }
  // MariaDB: a branch finished in the moment in which its session goes can be reported committed
  // and be lost (drivers.md 2.3), so the session is seen off first.
  for (const auto& session : sessions) {
    auto released = dialect_->release_branch(*lease, session, deadline);
    if (!released.is_ok()) return failure(std::move(released));
  }
  Status status = finish();
  if (status.is(StatusCode::kUnknownBranch)) {
    auto gone = end_sessions(lease, sessions, deadline);
    if (!gone.is_ok()) return failure(std::move(gone));
    status = finish();
  }
  if (status.is_ok()) return Settlement{.finished = true};
  if (!status.is(StatusCode::kUnknownBranch)) return failure(std::move(status));
  // MariaDB says "unknown" of a branch that another session holds as well.
  const auto still_there = listed(*lease, claim.branch, deadline);
  if (!still_there) return failure(still_there.error());
  if (*still_there) {
    return failure(StatusCode::kRetry, "the branch is prepared but held by another session");
  }
  const auto proof = dialect_->prove(*lease, claim.transaction_id, deadline);
  if (!proof) return failure(proof.error());
  return Settlement{.proof = *proof};
}

Result<std::vector<Finding>> Database::examine(Deadline deadline) {
  auto lease = pool_->lease(deadline);
  if (!lease) return failure(lease.error());
  return dialect_->examine(**lease, deadline);
}

}  // namespace xaodbc::odbc

#include "odbc/dialects/mariadb.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "branch/gid.h"
#include "odbc/dialects/mariadb_block.h"
#include "odbc/dialects/mariadb_detachment.h"
#include "odbc/dialects/mariadb_redo.h"
#include "odbc/dialects/mariadb_session.h"
#include "odbc/dialects/mariadb_xid.h"
#include "odbc/polling.h"

namespace xaodbc::odbc {
namespace {

// Native errors of the server; SQLSTATE alone does not tell them apart (drivers.md 2.1).
constexpr long kNota = 1397;
constexpr long kInval = 1398;
constexpr long kWrongState = 1399;
constexpr long kOutside = 1400;
constexpr long kRolledBack = 1402;
constexpr long kDuplicate = 1440;
constexpr long kNotMySession = 1095;
constexpr long kTimeout = 1613;
constexpr long kDeadlock = 1614;
constexpr long kDeadlockInStatement = 1213;
constexpr long kWaitedTooLong = 1205;
constexpr long kGone = 2006;
constexpr long kWriteFailed = 5014;

constexpr std::string_view kWhoAmI =
    "SELECT @@server_uid, CONNECTION_ID(), HOST, UNIX_TIMESTAMP() -"
    " (SELECT CAST(CAST(VARIABLE_VALUE AS UNSIGNED) AS SIGNED)"
    " FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME')"
    ", @@log_bin FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()";

constexpr std::string_view kOnePhase = "XA COMMIT ONE PHASE";

std::string block(const std::string& first, const std::string& second) {
  return in_block(first + "; " + second);
}

std::string prepare_text(const BranchName& branch) {
  return block("XA END " + branch.gid, "XA PREPARE " + branch.gid);
}

bool can_carry(const Xid& xid) {
  return xid.format_id() >= 0 && xid.format_id() <= std::numeric_limits<std::int32_t>::max();
}

/// Our branch is not what this connection works on.
bool is_not_there(const Answer& ended) {
  return ended.diagnostics.has_native(kNota) || ended.diagnostics.has_native(kOutside);
}

/// The server itself has rolled back, and has prepared and committed nothing.
bool gave_up(const Diagnostics& diagnostics) {
  constexpr long kReasons[] = {kRolledBack, kTimeout, kDeadlock, kDeadlockInStatement,
                               kWaitedTooLong};
  return std::ranges::any_of(kReasons, [&](long why) { return diagnostics.has_native(why); });
}

/// A statement this short is sent in one piece or not at all.
/// Writing to a Unix socket that the server has closed fails; over TCP only the answer is missing.
bool was_not_sent(const Diagnostics& diagnostics) {
  return diagnostics.has_native(kGone) || diagnostics.has_native(kWriteFailed);
}

RollbackReason reason_of(const Diagnostics& diagnostics) {
  if (diagnostics.has_native(kDeadlock) || diagnostics.has_native(kDeadlockInStatement)) {
    return RollbackReason::kDeadlock;
  }
  if (diagnostics.has_native(kTimeout)) return RollbackReason::kTimeout;
  if (diagnostics.sqlstate().starts_with("23")) return RollbackReason::kIntegrity;
  const bool wrong_state =
      diagnostics.has_native(kWrongState) || diagnostics.has_native(kRolledBack);
  return wrong_state ? RollbackReason::kUnspecified : RollbackReason::kOther;
}

/// What passes of verb_timeout before is no reason to leave the caller in doubt: the server writes
/// once a second at the latest, and the promise is verb_timeout and a second.
constexpr std::chrono::milliseconds kRedoPatience{500};

/// Without an answer the rollback may still be undone by the death of the server.
Status rolled_back(Connection& connection, Deadline deadline) {
  const Status durable = await_redo(connection, Deadline::at(deadline.when() + kRedoPatience));
  if (durable.is_ok()) return durable;
  connection.mark_unfit();
  return {StatusCode::kOutcomeUnknown, "XA ROLLBACK: " + durable.message()};
}

std::int64_t to_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

}  // namespace

MariadbDialect::MariadbDialect(const config::ResourceSettings& settings)
    : resource_(settings.name) {}

Status MariadbDialect::introduce(Connection& connection, Deadline deadline) const {
  const Answer answer = connection.execute(in_block(kWhoAmI), deadline);
  if (answer.lost) return {StatusCode::kUnavailable, answer.diagnostics.to_string()};
  const auto whole = [](const Row& row) {
    return row.size() == 5 &&
           std::ranges::all_of(row, [](auto& value) { return value.has_value(); });
  };
  if (!answer.ok || answer.rows.size() != 1 || !whole(answer.rows[0])) {
    return {StatusCode::kMisconfigured,
            "the server does not say who it is; MariaDB 10.6 or later is needed: " +
                answer.diagnostics.to_string()};
  }
  const Row& row = answer.rows[0];
  connection.has_binary_log = *row[4] != "0";
  const MariadbSession session{*row[1], *row[2], to_seconds(*row[3])};
  connection.set_identity(
      {"mariadb:" + *row[0], session.to_string(), resource_tag(resource_, *row[0])});
  return Status::ok();
}

BranchName MariadbDialect::name_branch(const Xid& xid, std::string_view /*tag*/) const {
  return {xid, to_mariadb(xid)};
}

Status MariadbDialect::start(Connection& connection, const BranchName& branch,
                             Deadline deadline) const {
  if (!can_carry(branch.xid)) {
    return {StatusCode::kInvalidArgument,
            "MariaDB takes formatIDs from 0 to 2147483647 only, this one is " +
                std::to_string(branch.xid.format_id()) +
                "; configure the transaction manager's formatID"};
  }
  const Answer answer = connection.execute("XA START " + branch.gid, deadline);
  if (answer.ok) return Status::ok();
  const std::string why = "XA START: " + answer.diagnostics.to_string();
  if (answer.diagnostics.has_native(kDuplicate)) {
    return {StatusCode::kDuplicateBranch,
            why +
                "; the server knows this XID already. MariaDB's XIDs carry no resource, so two"
                " resources on one server collide under a transaction manager that gives every"
                " resource the same XID: use one resource, it reaches all schemas of the server"};
  }
  if (answer.diagnostics.has_native(kInval)) return {StatusCode::kInvalidArgument, why};
  // 1399, 1400: the connection is inside something; lost: it died in the pool. Another one may do.
  connection.mark_unfit();
  return {StatusCode::kConnectionLost, why};
}

/// A refused XA END or XA PREPARE leaves the branch rollback-only, idle, prepared or gone; our XA
/// ROLLBACK decides which, and if it cannot, closing the session does.
Status MariadbDialect::failed_in_branch(Connection& connection, const BranchName& branch,
                                        const Answer& answer, std::string_view verb,
                                        Deadline deadline) const {
  const auto& diagnostics = answer.diagnostics;
  const std::string why = std::string(verb) + ": " + diagnostics.to_string();
  if (answer.lost) return {StatusCode::kOutcomeUnknown, why};
  const Answer ended = end_and_roll_back(connection, branch, deadline);
  const bool was_there = !diagnostics.has_native(kWrongState) && !diagnostics.has_native(kNota);
  if (is_not_there(ended) && !was_there) {
    connection.mark_unfit();
    return {StatusCode::kEndedByApplication,
            std::string(verb) +
                ": the application ended the branch itself (XA statements as SQL text); what became"
                " of its work is not known"};
  }
  if (!connection.fit()) return {StatusCode::kOutcomeUnknown, why};
  // KILL QUERY fails a statement whose work may all be done: then there was nothing left to roll
  // back, or a prepared branch, whose end is not on disk yet.
  const bool interrupted = !gave_up(diagnostics);
  if (interrupted && is_not_there(ended) && verb == kOnePhase) {
    return {StatusCode::kOutcomeUnknown, why};
  }
  if (interrupted && ended.ok) {
    if (auto stays = rolled_back(connection, deadline); !stays.is_ok()) return stays;
  }
  return Status::rolled_back(reason_of(diagnostics), why);
}

void MariadbDialect::prepare_beside(Connection& connection, const BranchName& branch,
                                    Deadline deadline) const {
  connection.execute_ahead(prepare_text(branch), deadline);
}

Result<Vote> MariadbDialect::prepare(Connection& connection, const BranchName& branch,
                                     Deadline deadline) const {
  const Answer answer = connection.awaits_answer()
                            ? connection.receive(deadline)
                            : connection.execute(prepare_text(branch), deadline);
  if (answer.ok) return Vote{};
  return failure(failed_in_branch(connection, branch, answer, "XA PREPARE", deadline));
}

/// With a binary log XA COMMIT ONE PHASE is answered when its prepare is on disk and its commit is
/// not (MariaDB 10.11.19): a server that is killed within a second comes up with the branch
/// prepared. In two phases both are.
Status MariadbDialect::commit_one_phase(Connection& connection, const BranchName& branch,
                                        Deadline deadline) const {
  const std::string commit = connection.has_binary_log
                                 ? "XA PREPARE " + branch.gid + "; XA COMMIT " + branch.gid
                                 : "XA COMMIT " + branch.gid + " ONE PHASE";
  const Answer answer = connection.execute(block("XA END " + branch.gid, commit), deadline);
  if (answer.ok) return Status::ok();
  return failed_in_branch(connection, branch, answer, kOnePhase, deadline);
}

bool MariadbDialect::roll_back_active(Connection& connection, const BranchName& branch,
                                      Deadline deadline) const {
  if (!connection.fit()) return true;
  const Answer ended = end_and_roll_back(connection, branch, deadline);
  if (!is_not_there(ended)) return true;
  connection.mark_unfit();
  return false;
}

/// The answer to XA ROLLBACK; the connection is unfit unless the branch is certainly gone.
Answer MariadbDialect::end_and_roll_back(Connection& connection, const BranchName& branch,
                                         Deadline deadline) {
  Answer answer =
      connection.execute(block("XA END " + branch.gid, "XA ROLLBACK " + branch.gid), deadline);
  // After a deadlock, or when XA END was already done, XA END is refused and XA ROLLBACK is not.
  if (!answer.ok && answer.diagnostics.has_native(kWrongState)) {
    answer = connection.execute("XA ROLLBACK " + branch.gid, deadline);
  }
  // 1397: the server has forgotten the branch; 1402, 1613, 1614: it says that it rolled back.
  const auto& diagnostics = answer.diagnostics;
  const bool gone = answer.ok || diagnostics.has_native(kNota) ||
                    diagnostics.has_native(kRolledBack) || diagnostics.has_native(kTimeout) ||
                    diagnostics.has_native(kDeadlock);
  if (!gone) connection.mark_unfit();
  return answer;
}

Status MariadbDialect::finish_prepared(Connection& connection, const BranchName& branch,
                                       Decision decision, Deadline deadline) const {
  const std::string verb = decision == Decision::kCommit ? "XA COMMIT " : "XA ROLLBACK ";
  // To the server such a statement is a syntax error, which says nothing of a branch.
  if (!can_carry(branch.xid)) {
    return {StatusCode::kUnknownBranch, verb + branch.gid + ": MariaDB carries no such formatID"};
  }
  const Answer answer = connection.execute(verb + branch.gid, deadline);
  if (answer.ok && decision == Decision::kRollback) return rolled_back(connection, deadline);
  if (answer.ok) return Status::ok();
  const std::string why = verb + branch.gid + ": " + answer.diagnostics.to_string();
  if (answer.lost && was_not_sent(answer.diagnostics)) return {StatusCode::kConnectionLost, why};
  if (answer.lost) return {StatusCode::kOutcomeUnknown, why};
  // The server says this of a prepared branch only when it had written nothing: with its session it
  // lost the empty transaction. Committed and rolled back are the same then.
  if (answer.diagnostics.has_native(kRolledBack)) return Status::ok();
  if (answer.diagnostics.has_native(kNota)) return {StatusCode::kUnknownBranch, why};
  connection.mark_unfit();
  return {StatusCode::kRetry, why};
}

Result<std::vector<ListedBranch>> MariadbDialect::list(Connection& connection,
                                                       Deadline deadline) const {
  const Answer answer = connection.execute(in_block("XA RECOVER FORMAT='SQL'"), deadline);
  if (!answer.ok) {
    return failure(StatusCode::kUnavailable, "XA RECOVER: " + answer.diagnostics.to_string());
  }
  std::vector<ListedBranch> branches;
  for (const Row& row : answer.rows) {
    const auto xid = from_mariadb(row);
    if (!xid) {
      connection.mark_unfit();
      return failure(StatusCode::kInternal, "XA RECOVER: a row that is not an XID");
    }
    branches.push_back({*xid, to_mariadb(*xid), "", "", false});
  }
  return branches;
}

Result<bool> MariadbDialect::session_alive(Connection& connection, std::string_view session,
                                           Deadline deadline) const {
  const auto parsed = MariadbSession::parse(session);
  if (!parsed) return false;
  const Answer answer = connection.execute(
      in_block("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE " + parsed->condition()),
      deadline);
  if (!answer.ok || answer.rows.size() != 1 || answer.rows[0].size() != 1) {
    return failure(StatusCode::kUnavailable, "PROCESSLIST: " + answer.diagnostics.to_string());
  }
  return answer.rows[0][0].value_or("1") != "0";
}

Status MariadbDialect::end_session(Connection& connection, std::string_view session,
                                   Deadline deadline) const {
  const auto parsed = MariadbSession::parse(session);
  if (!parsed) return Status::ok();
  for (Polling polling(deadline);;) {
    const auto alive = session_alive(connection, session, deadline);
    if (!alive) return alive.error();
    if (!*alive) return Status::ok();
    const Answer answer = connection.execute("KILL CONNECTION " + parsed->id, deadline);
    if (answer.lost) return {StatusCode::kUnavailable, answer.diagnostics.to_string()};
    if (answer.diagnostics.has_native(kNotMySession)) {
      return {StatusCode::kRefused, "the branch is held by session " + parsed->id +
                                        " of another user: " + answer.diagnostics.to_string()};
    }
    if (!polling.again()) {
      return {StatusCode::kRetry, "session " + parsed->id + " holds the branch and does not end"};
    }
  }
}

Status MariadbDialect::release_branch(Connection& connection, std::string_view session,
                                      Deadline deadline) const {
  const auto parsed = MariadbSession::parse(session);
  if (!parsed) return Status::ok();
  if (auto gone = end_session(connection, session, deadline); !gone.is_ok()) return gone;
  return await_detachment(connection, *parsed, deadline);
}

/// Nothing is told of a vanished branch but that it stays away, once that is on disk.
Result<ServerProof> MariadbDialect::prove(Connection& connection,
                                          std::string_view /*transaction_id*/,
                                          Deadline deadline) const {
  auto stays = await_redo(connection, deadline);
  if (!stays.is_ok()) return failure(std::move(stays));
  return ServerProof::kNothing;
}

}  // namespace xaodbc::odbc

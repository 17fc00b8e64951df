#include "odbc/dialects/postgresql.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "branch/gid.h"
#include "odbc/dialects/gid_list.h"
#include "odbc/polling.h"

namespace xaodbc::odbc {
namespace {

using config::Guard;

/// `pid/start` of a session, start in microseconds since 1970.
struct Session {
  std::string pid;
  std::string start;
};

std::optional<Session> parse_session(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Session session{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
  if (!is_decimal(session.pid) || !is_decimal(session.start)) return std::nullopt;
  return session;
}

/// True for that session and nobody else. backend_start is hidden (NULL) from users who may not
/// see the session; then the pid alone must do, because absence has to be proved (3.1.2).
std::string session_condition(const Session& session) {
  return " FROM pg_stat_activity WHERE pid = " + session.pid +
         " AND (backend_start IS NULL OR (extract(epoch FROM backend_start)*1000000)::bigint = " +
         session.start + ")";
}

constexpr std::string_view kWhoAmI =
    "SELECT current_database(), (SELECT system_identifier FROM pg_control_system()),"
    " pg_backend_pid(), (SELECT (extract(epoch FROM backend_start)*1000000)::bigint"
    " FROM pg_stat_activity WHERE pid = pg_backend_pid()),"
    " current_setting('max_prepared_transactions'),"
    " coalesce(current_setting('xaodbc.branch', true), '')";

/// The server writes the time in UTC: psqlODBC delivers a timestamp in the session's zone and does
/// not tell which that is.
constexpr std::string_view kPrepared =
    "SELECT gid, to_char(prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), owner"
    " FROM pg_prepared_xacts WHERE database = current_database()";

/// Another session is finishing the branch, or its PREPARE TRANSACTION is about to be answered.
constexpr std::string_view kBusy = "55000";

/// Both take microseconds, unless a standby is waited for.
Answer unless_busy(Connection& connection, const std::string& sql, Deadline deadline) {
  for (Polling polling(deadline);;) {
    Answer answer = connection.exchange(sql, deadline);
    if (answer.ok || answer.diagnostics.sqlstate() != kBusy || !polling.again()) return answer;
  }
}

/// False for a connection that the application has left in another role.
bool acts_as_who_logged_in(Connection& connection, Deadline deadline) {
  const Answer answer =
      connection.execute("SELECT (current_user = session_user)::integer", deadline);
  return answer.ok && answer.rows.size() == 1 && answer.rows[0].size() == 1 &&
         answer.rows[0][0] == "1";
}

}  // namespace

PostgresqlDialect::PostgresqlDialect(const config::ResourceSettings& settings)
    : resource_(settings.name),
      full_guard_(settings.guard == Guard::kFull),
      read_only_votes_(settings.read_only),
      filter_(settings.filter) {}

/// Who the server is, asked through the filter where there is one: the answer then also tells
/// whether the sentinel came along. Only where it did the connection has one.
Answer PostgresqlDialect::ask_who(Connection& connection, Deadline deadline) const {
  if (!filter_ || !Wire::seek(kSentinel)) {
    return connection.execute(kWhoAmI, deadline);
  }
  Answer answer = connection.execute(std::string(kWhoAmI) + ";ROLLBACK", deadline);
  auto wire = Wire::found();
  const bool came_along = answer.ok && answer.rows.size() == 1 && answer.rows[0].size() == 6 &&
                          answer.rows[0][5] == "1";
  if (came_along) connection.wire = std::move(wire);
  return answer;
}

Status PostgresqlDialect::introduce(Connection& connection, Deadline deadline) const {
  const Answer answer = ask_who(connection, deadline);
  if (!answer.ok) return {StatusCode::kUnavailable, answer.diagnostics.to_string()};
  const auto whole = [](const Row& row) {
    return row.size() == 6 &&
           std::ranges::all_of(row, [](auto& value) { return value.has_value(); });
  };
  if (answer.rows.size() != 1 || !whole(answer.rows[0])) {
    return {StatusCode::kMisconfigured,
            "the server does not say who it is (PostgreSQL 13 or later"
            " is needed, and the right to call pg_control_system())"};
  }
  const Row& row = answer.rows[0];
  if (*row[4] == "0") {
    return {StatusCode::kMisconfigured,
            "prepared transactions are disabled: set max_prepared_transactions in postgresql.conf"
            " to at least the number of connections and restart the server"};
  }
  connection.set_identity({"postgresql:" + *row[1] + "/" + *row[0], *row[2] + "/" + *row[3],
                           resource_tag(resource_, *row[0])});
  return plan_witnesses(connection, deadline);
}

/// With the filter it shows during the branch whether it needs the sentinel.
Status PostgresqlDialect::plan_witnesses(Connection& connection, Deadline deadline) const {
  Status status;
  for (const bool sentinel : {false, true}) {
    const bool asked = connection.wire || sentinel == full_guard_;
    if (!asked || !status.is_ok()) continue;
    status = plan_witness(connection, {sentinel, read_only_votes_}, deadline);
  }
  return status;
}

BranchName PostgresqlDialect::name_branch(const Xid& xid, std::string_view tag) const {
  return {xid, encode_gid(xid, tag)};
}

Status PostgresqlDialect::start(Connection& connection, const BranchName& /*branch*/,
                                Deadline deadline) const {
  ++connection.branches;
  if (connection.wire) return start_unsent(connection, deadline);
  return full_guard_ ? start_plain(connection, deadline) : start_light(connection, deadline);
}

Status PostgresqlDialect::start_plain(Connection& connection, Deadline deadline) const {
  const std::string number = std::to_string(connection.branches);
  auto& sql = connection.blank_sql().append("BEGIN;").append(kSentinel).append(number);
  const Answer answer =
      connection.execute(sql.append(";SET xaodbc.last=").append(number), deadline);
  if (answer.ok && answer.diagnostics.records().empty()) return Status::ok();
  // A warning is 25001: the connection was inside a transaction already, whatever did that.
  connection.mark_unfit();
  return {StatusCode::kConnectionLost, answer.diagnostics.to_string()};
}

/// The driver puts BEGIN in front of the application's first statement. A connection that died in
/// the pool would be noticed by that only, and the branch be lost for nothing.
Status PostgresqlDialect::start_light(Connection& connection, Deadline deadline) {
  if (!connection.answered_just_now()) {
    const Answer answer = connection.execute("SELECT 1", deadline);
    if (!answer.ok) return {StatusCode::kConnectionLost, answer.diagnostics.to_string()};
  }
  if (connection.set_autocommit(false)) return Status::ok();
  return {StatusCode::kConnectionLost, "the driver refuses autocommit off"};
}

/// The filter puts BEGIN there. A server that has hung up is noticed at once, a
/// network that has gone only by a question.
Status PostgresqlDialect::start_unsent(Connection& connection, Deadline deadline) const {
  if (connection.answered_just_now() && connection.begin_unsent(deadline)) {
    return Status::ok();
  }
  const Answer answer = connection.execute("SELECT 1", deadline);
  if (answer.ok && connection.begin_unsent(deadline)) return Status::ok();
  connection.mark_unfit();
  return {StatusCode::kConnectionLost, answer.diagnostics.to_string()};
}

Status PostgresqlDialect::finish_prepared(Connection& connection, const BranchName& branch,
                                          Decision decision, Deadline deadline) const {
  const std::string_view verb =
      decision == Decision::kCommit ? "COMMIT PREPARED " : "ROLLBACK PREPARED ";
  const auto& sql = append_literal(connection.blank_sql().append(verb), branch.gid);
  const Answer answer = unless_busy(connection, sql, deadline);
  const bool named = answer.tag.empty() || answer.tag + " " == verb;
  if (answer.ok && named) return Status::ok();
  const std::string why = std::string(verb) + branch.gid + ": " + answer.diagnostics.to_string();
  const auto state = answer.diagnostics.sqlstate();
  if (!named) connection.mark_unfit();
  if (answer.lost || !named) return {StatusCode::kOutcomeUnknown, why};
  if (state == "42704") return {StatusCode::kUnknownBranch, why};
  if (state == "42501") {
    if (!acts_as_who_logged_in(connection, deadline)) connection.mark_unfit();
    return {StatusCode::kRefused, why + "; connect as the user who prepared it or a superuser"};
  }
  if (state == "0A000") {
    return {StatusCode::kRefused, why + "; the branch belongs to another database"};
  }
  if (state != kBusy) connection.mark_unfit();
  return {StatusCode::kRetry, why};
}

Result<std::vector<ListedBranch>> PostgresqlDialect::list(Connection& connection,
                                                          Deadline deadline) const {
  const Answer answer = connection.execute(kPrepared, deadline);
  if (!answer.ok) {
    return failure(StatusCode::kUnavailable,
                   "pg_prepared_xacts: " + answer.diagnostics.to_string());
  }
  return listed_by_gid(answer.rows, connection.identity().tag, "pg_prepared_xacts");
}

Result<bool> PostgresqlDialect::session_alive(Connection& connection, std::string_view session,
                                              Deadline deadline) const {
  const auto parsed = parse_session(session);
  if (!parsed) return false;
  const Answer answer =
      connection.execute("SELECT count(*)" + session_condition(*parsed), deadline);
  if (!answer.ok || answer.rows.size() != 1 || answer.rows[0].size() != 1) {
    return failure(StatusCode::kUnavailable, "pg_stat_activity: " + answer.diagnostics.to_string());
  }
  return answer.rows[0][0].value_or("1") != "0";
}

Status PostgresqlDialect::end_session(Connection& connection, std::string_view session,
                                      Deadline deadline) const {
  const auto parsed = parse_session(session);
  if (!parsed) return Status::ok();
  // Not one that is only perhaps meant: whoever may end sessions need not be shown their start.
  const std::string end =
      "SELECT CASE WHEN backend_start IS NOT NULL THEN"
      " pg_terminate_backend(pid) END" +
      session_condition(*parsed);
  for (Polling polling(deadline);;) {
    const auto alive = session_alive(connection, session, deadline);
    if (!alive) return alive.error();
    if (!*alive) return Status::ok();
    const Answer answer = connection.execute(end, deadline);
    if (answer.lost) return {StatusCode::kUnavailable, answer.diagnostics.to_string()};
    const bool hidden = answer.ok && answer.rows.size() == 1 && !answer.rows[0].at(0);
    if (hidden || answer.diagnostics.has_sqlstate("42501")) {
      return {StatusCode::kRefused, "session " + std::string(session) +
                                        " may still be preparing the branch and belongs to another"
                                        " user; connect as that user or a superuser"};
    }
    if (!polling.again()) {
      return {StatusCode::kRetry, "session " + std::string(session) +
                                      " may still be preparing the branch and does not end"};
    }
  }
}

Result<ServerProof> PostgresqlDialect::prove(Connection& connection,
                                             std::string_view transaction_id,
                                             Deadline deadline) const {
  if (!is_decimal(transaction_id)) return ServerProof::kNothing;
  const Answer answer = connection.execute(
      append_literal(connection.blank_sql() += "SELECT pg_xact_status(", transaction_id) +=
      "::xid8)",
      deadline);
  if (answer.lost) {
    return failure(StatusCode::kUnavailable, "pg_xact_status: " + answer.diagnostics.to_string());
  }
  // 22023: an id of the future, so this is not the server that prepared the branch.
  if (!answer.ok || answer.rows.size() != 1 || answer.rows[0].size() != 1) {
    return ServerProof::kNothing;
  }
  const std::string status = answer.rows[0][0].value_or("");
  if (status == "committed") return ServerProof::kCommitted;
  if (status == "aborted") return ServerProof::kRolledBack;
  return status == "in progress" ? ServerProof::kInProgress : ServerProof::kNothing;
}

}  // namespace xaodbc::odbc

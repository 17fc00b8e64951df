#include "odbc/dialects/postgresql_witness.h"

#include <algorithm>

namespace xaodbc::odbc {
namespace {

/// invalid_text_representation, of a cast to a number.
constexpr std::string_view kMarked = "22P02";
constexpr std::string_view kAlreadyPlanned = "42P05";

/// An error that quotes the mark, in whichever language the server speaks. Not folded by the
/// planner because of the process id.
std::string fail_with(std::string_view mark) {
  return "('" + std::string(mark) + "'||pg_backend_pid())::integer::text";
}

/// What is written to a foreign table takes no transaction id here, but a lock on that table, which
/// has no file. With an id the branch is not read-only, and PREPARE TRANSACTION refuses it where
/// the other server cannot be prepared. Functions only: a relation would stay locked with the
/// branch.
constexpr std::string_view kWroteElsewhere =
    "EXISTS (SELECT FROM pg_lock_status() l WHERE l.pid = pg_backend_pid()"
    " AND l.locktype = 'relation' AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')"
    " AND pg_relation_filenode(l.relation) IS NULL)";

/// What is being prepared. Without read-only votes an id is assigned to whatever is there, so that
/// a vanished branch can be looked up by it.
std::string written(bool read_only_votes) {
  if (!read_only_votes) return "pg_current_xact_id()::text";
  return "coalesce(pg_current_xact_id_if_assigned()::text, CASE WHEN " +
         std::string(kWroteElsewhere) + " THEN pg_current_xact_id()::text ELSE " +
         fail_with(kWroteNothing) + " END)";
}

/// A prepared branch belongs to the role that prepares it, and nobody else could finish one that
/// was prepared after SET ROLE. Until the transaction ends the role is the one that logged in.
std::string as_who_logged_in(const std::string& then) {
  return "CASE WHEN current_user = session_user OR set_config('role', 'none', true) <> '' THEN " +
         then + " END";
}

/// The variable is empty, not unknown, in a session that had it before.
std::string in_branch(const std::string& then) {
  return "CASE WHEN current_setting('xaodbc.branch', true) <> '' THEN " + then + " ELSE " +
         fail_with(kNotThatTransaction) + " END";
}

/// A session that a driver manager kept may have those of another resource.
constexpr std::string_view name_of(WitnessKind kind) {
  if (kind.sentinel) return kind.read_only_votes ? "xaodbc_full" : "xaodbc_full_votes";
  return kind.read_only_votes ? "xaodbc_light" : "xaodbc_light_votes";
}

Status plan(Connection& connection, std::string_view name, const std::string& what,
            Deadline deadline) {
  auto& sql = connection.blank_sql().append("PREPARE ").append(name).append(" AS SELECT ");
  const Answer answer = connection.execute(sql.append(what), deadline);
  if (answer.ok || answer.diagnostics.has_sqlstate(kAlreadyPlanned)) return Status::ok();
  return {StatusCode::kUnavailable, answer.diagnostics.to_string()};
}

}  // namespace

bool testifies(const Diagnostics& diagnostics, std::string_view mark) {
  return std::ranges::any_of(diagnostics.records(), [mark](const auto& record) {
    return record.sqlstate == kMarked && record.message.find(mark) != std::string::npos;
  });
}

void append_witness(std::string& sql, WitnessKind kind) {
  sql.append("EXECUTE ").append(name_of(kind)).append(";");
}

Status plan_witness(Connection& connection, WitnessKind kind, Deadline deadline) {
  for (const bool read_only_votes : {false, true}) {
    if (read_only_votes && !kind.read_only_votes) continue;
    const WitnessKind planned{.sentinel = kind.sentinel, .read_only_votes = read_only_votes};
    const std::string asked = as_who_logged_in(written(read_only_votes));
    auto status =
        plan(connection, name_of(planned), kind.sentinel ? in_branch(asked) : asked, deadline);
    if (!status.is_ok()) return status;
  }
  return kind.sentinel ? plan(connection, "xaodbc_same", in_branch("''"), deadline) : Status::ok();
}

}  // namespace xaodbc::odbc

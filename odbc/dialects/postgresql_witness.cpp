#include "odbc/dialects/postgresql_witness.h"

namespace xaodbc::odbc {
namespace {

constexpr std::string_view kAlreadyPlanned = "42P05";

/// What is being prepared. 0 * pg_backend_pid() is not folded by the planner, a literal 1/0 would
/// be. Without read-only votes an id is assigned to whatever is there, so that a vanished branch
/// can be looked up by it.
std::string written(bool read_only_votes) {
  return read_only_votes ? "coalesce(pg_current_xact_id_if_assigned()::text,"
                           " (1/(0*pg_backend_pid()))::text)"
                         : "pg_current_xact_id()::text";
}

/// The variable is empty, not unknown, in a session that had it before; chr(0) is an error.
std::string in_branch(const std::string& then) {
  return "CASE WHEN current_setting('xaodbc.branch', true) <> '' THEN " + then +
         " ELSE chr(0*pg_backend_pid()) END";
}

/// A session that a driver manager kept may have those of another resource.
std::string name_of(WitnessKind kind) {
  return std::string("xaodbc_") + (kind.sentinel ? "full" : "light") +
         (kind.read_only_votes ? "" : "_votes");
}

Status plan(Connection& connection, const std::string& name, const std::string& what,
            Deadline deadline) {
  const Answer answer = connection.execute("PREPARE " + name + " AS SELECT " + what, deadline);
  if (answer.ok || answer.diagnostics.has_sqlstate(kAlreadyPlanned)) return Status::ok();
  return {StatusCode::kUnavailable, answer.diagnostics.to_string()};
}

}  // namespace

std::string ask_witness(WitnessKind kind) { return "EXECUTE " + name_of(kind); }

Status plan_witnesses(Connection& connection, WitnessKind kind, Deadline deadline) {
  const std::string asked = written(kind.read_only_votes);
  auto status = plan(connection, name_of(kind), kind.sentinel ? in_branch(asked) : asked, deadline);
  if (!status.is_ok() || !kind.sentinel) return status;
  return plan(connection, "xaodbc_same", in_branch("''"), deadline);
}

}  // namespace xaodbc::odbc

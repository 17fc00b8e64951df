#include "base/text.h"
#include "odbc/dialects/gid_list.h"
#include "odbc/dialects/postgresql.h"

// How a branch ends that a connection works on: prepared, committed in one phase, rolled back.

namespace xaodbc::odbc {
namespace {

constexpr std::string_view kAborted = "25P02";
constexpr std::string_view kNotPlanned = "26000";

RollbackReason reason_of(const Diagnostics& diagnostics) {
  const auto state = diagnostics.sqlstate();
  if (state == "40P01") return RollbackReason::kDeadlock;
  if (state == "57014" || state == "55P03") return RollbackReason::kTimeout;
  if (state.starts_with("23")) return RollbackReason::kIntegrity;
  if (state.starts_with("40") || state.starts_with("53")) return RollbackReason::kTransient;
  if (state == kAborted) return RollbackReason::kUnspecified;
  return RollbackReason::kOther;
}

std::string explain(const Diagnostics& diagnostics) {
  const std::string text = diagnostics.to_string();
  if (diagnostics.has_sqlstate(kAborted)) {
    return "a statement of the branch failed before, which aborts it on PostgreSQL"
           " (failed_statement = undo keeps the rest): " +
           text;
  }
  if (diagnostics.has_sqlstate(kNotPlanned)) {
    return text + "; the application must not send DEALLOCATE ALL or DISCARD ALL";
  }
  if (diagnostics.has_sqlstate("53200")) {
    return text + "; raise max_prepared_transactions, or finish what `xaodbc scan` shows";
  }
  return text;
}

Status ended_by_application(std::string_view verb) {
  return {StatusCode::kEndedByApplication,
          std::string(verb) +
              ": the application ended the branch's transaction itself (COMMIT or"
              " ROLLBACK as SQL text); what became of its work is not known"};
}

}  // namespace

/// Asked after the ROLLBACK of an aborted transaction.
bool PostgresqlDialect::committed_by_application(Connection& connection, Deadline deadline) {
  if (connection.wire) return connection.wire.committed();
  if (!connection.fit()) return false;
  const Answer answer = connection.execute("SELECT current_setting('xaodbc.last', true)", deadline);
  return answer.ok && answer.rows.size() == 1 && answer.rows[0].size() == 1 &&
         answer.rows[0][0] == std::to_string(connection.branches);
}

/// What a branch came to whose PREPARE or one-phase COMMIT was refused: the server has rolled it
/// back, or will at our ROLLBACK.
Status PostgresqlDialect::failed_in_branch(Connection& connection, const Answer& answer,
                                           std::string_view verb, Deadline deadline) const {
  const std::string why = std::string(verb) + ": " + explain(answer.diagnostics);
  if (answer.lost) return {StatusCode::kOutcomeUnknown, why};
  roll_back_active(connection, {}, deadline);
  // A server that dies of an error at the commit record tells the error first, and may have written
  // the record.
  if (!connection.fit()) return {StatusCode::kOutcomeUnknown, why + "; and the connection is lost"};
  const auto says = [&](std::string_view state) { return answer.diagnostics.has_sqlstate(state); };
  if (says(kNotPlanned)) connection.mark_unfit();
  if (guards(connection) && (testifies(answer.diagnostics, kNotThatTransaction) ||
                             (says(kAborted) && committed_by_application(connection, deadline)))) {
    return ended_by_application(verb);
  }
  return Status::rolled_back(reason_of(answer.diagnostics), why);
}

bool PostgresqlDialect::guards(const Connection& connection) const {
  return full_guard_ || connection.wire;
}

bool PostgresqlDialect::asks_for_sentinel(const Connection& connection) const {
  return guards(connection) && !connection.wire.intact();
}

const std::string& PostgresqlDialect::prepare_text(Connection& connection,
                                                   const BranchName& branch) const {
  const bool asks = full_guard_ || asks_for_sentinel(connection) ||
                    connection.wire.changed_settings() || !connection.wire.may_resume();
  auto& sql = connection.blank_sql();
  const bool wrote = connection.wire.wrote();
  if (!wrote || asks) {
    append_witness(sql, {asks_for_sentinel(connection), read_only_votes_ && !wrote});
  }
  return append_literal(sql += "PREPARE TRANSACTION ", branch.gid);
}

bool PostgresqlDialect::prepare_ahead(Connection& connection, const BranchName& branch) const {
  return connection.wire.wrote() && !connection.wire.committed() &&
         connection.send(prepare_text(connection, branch));
}

Result<Vote> PostgresqlDialect::prepare(Connection& connection, const BranchName& branch,
                                        Deadline deadline) const {
  const bool sent = connection.awaits_answer();
  if (!sent && read_only_votes_ && connection.end_unsent(deadline)) {
    return Vote{.read_only = true, .transaction_id = ""};
  }
  if (connection.wire.committed()) {
    roll_back_active(connection, branch, deadline);
    return failure(ended_by_application("PREPARE TRANSACTION"));
  }
  const Answer answer = sent ? connection.receive(deadline)
                             : connection.exchange(prepare_text(connection, branch), deadline);
  if (!answer.ok && !answer.lost && testifies(answer.diagnostics, kWroteNothing)) {
    roll_back_active(connection, branch, deadline);
    return Vote{.read_only = true, .transaction_id = ""};
  }
  if (!answer.ok) {
    return failure(failed_in_branch(connection, answer, "PREPARE TRANSACTION", deadline));
  }
  return answer.tag.empty() ? vote_by_rows(connection, answer) : vote_by_tag(connection, answer);
}

/// The witness must have spoken and nothing may have warned (25P01: there was no transaction): only
/// then is success a proof (I1).
Result<Vote> PostgresqlDialect::vote_by_rows(Connection& connection, const Answer& answer) {
  const bool proved = answer.diagnostics.records().empty() && answer.rows.size() == 1 &&
                      answer.rows[0].size() == 1 && answer.rows[0][0] &&
                      is_decimal(*answer.rows[0][0]);
  if (!proved || !connection.set_autocommit(true)) return without_proof(connection, answer);
  return Vote{.read_only = false, .transaction_id = *answer.rows[0][0]};
}

/// What the server did it says itself (I1). In an aborted transaction, and where there is none, it
/// says ROLLBACK, unless a witness has failed before.
Result<Vote> PostgresqlDialect::vote_by_tag(Connection& connection, const Answer& answer) const {
  if (answer.tag == "ROLLBACK") return failure(rolled_back_instead(connection));
  const std::string id = answer.rows.empty() ? "" : answer.rows[0][0].value_or("");
  const bool proved = answer.tag == "PREPARE TRANSACTION" && answer.diagnostics.records().empty() &&
                      (is_decimal(id) || id.empty());
  if (!proved || (id.empty() && full_guard_)) return without_proof(connection, answer);
  return Vote{.read_only = false, .transaction_id = id};
}

Status PostgresqlDialect::rolled_back_instead(const Connection& connection) {
  if (connection.wire.committed()) return ended_by_application("PREPARE TRANSACTION");
  return Status::rolled_back(RollbackReason::kUnspecified,
                             "PREPARE TRANSACTION: a statement of the branch failed before, which"
                             " aborts it on PostgreSQL (failed_statement = undo keeps the rest)");
}

Result<Vote> PostgresqlDialect::without_proof(Connection& connection, const Answer& answer) {
  connection.mark_unfit();
  return failure(StatusCode::kOutcomeUnknown,
                 "PREPARE TRANSACTION was answered without proof: " + answer.tag + " " +
                     answer.diagnostics.to_string());
}

Status PostgresqlDialect::commit_one_phase(Connection& connection, const BranchName& branch,
                                           Deadline deadline) const {
  if (connection.end_unsent(deadline)) return Status::ok();
  if (connection.wire.committed()) {
    roll_back_active(connection, branch, deadline);
    return ended_by_application("COMMIT");
  }
  const auto* const ask = asks_for_sentinel(connection) ? kAskSentinel : "SAVEPOINT xaodbc_branch";
  const Answer answer =
      connection.execute(connection.blank_sql().append(ask).append(";COMMIT"), deadline);
  if (!answer.ok) return failed_in_branch(connection, answer, "COMMIT", deadline);
  if (!connection.set_autocommit(true)) connection.mark_unfit();
  return Status::ok();
}

/// That the application has committed is known only where the filter has seen it: to ask would cost
/// every rollback a round trip.
bool PostgresqlDialect::roll_back_active(Connection& connection, const BranchName& /*branch*/,
                                         Deadline deadline) const {
  const bool whole = !connection.wire.committed();
  if (!connection.fit() || connection.end_unsent(deadline)) return whole;
  // 25P01 is a warning: a refused PREPARE has already rolled back. In autocommit off the driver
  // would put BEGIN in front of a ROLLBACK without a transaction, which ends it again.
  const Answer answer = connection.execute("ROLLBACK", deadline);
  if (!answer.ok || !connection.set_autocommit(true)) connection.mark_unfit();
  return whole;
}

}  // namespace xaodbc::odbc

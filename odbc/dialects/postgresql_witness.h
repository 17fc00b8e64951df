#pragma once

#include <string>

#include "odbc/connection.h"

namespace xaodbc::odbc {

/// What a branch on PostgreSQL begins with, up to a number: a variable that is gone with the
/// transaction, whatever ended it.
constexpr const char* kSentinel = "SET LOCAL xaodbc.branch=";

/// Which questions the witness of a branch answers.
struct WitnessKind {
  bool sentinel = true;         ///< is it still the transaction that began with the sentinel?
  bool read_only_votes = true;  ///< or is the branch given a transaction id when it wrote nothing?
};

/// Appends the statement that fails with one of the marks or returns one row with the transaction
/// id.
void append_witness(std::string& sql, WitnessKind kind);
/// The statement that fails when the transaction is not the one that began with the sentinel.
constexpr const char* kAskSentinel = "EXECUTE xaodbc_same";
constexpr std::string_view kNotThatTransaction = "xaodbc: another transaction ";
constexpr std::string_view kWroteNothing = "xaodbc: nothing was written ";

/// True when the witness failed with that mark. PREPARE TRANSACTION and COMMIT in the same message
/// run deferred triggers, whose errors can have any SQLSTATE.
bool testifies(const Diagnostics& diagnostics, std::string_view mark);

/// Has the server plan it for this session, once: a SELECT that is planned each time, or a
/// cursor, costs as much as a third of a small transaction. That of a kind with read-only votes
/// comes with the one without. kUnavailable.
Status plan_witness(Connection& connection, WitnessKind kind, Deadline deadline);

}  // namespace xaodbc::odbc

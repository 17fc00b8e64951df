#include "odbc/dialects/sqlite.h"

#include "branch/gid.h"
#include "odbc/connection_string.h"
#include "odbc/dialects/gid_list.h"
#include "odbc/dialects/sqlite_patience.h"
#include "odbc/polling.h"

namespace xaodbc::odbc {
namespace {

// SQLite's primary result codes, which libsqliteodbc passes on as native errors.
constexpr long kBusy = 5;
constexpr long kLocked = 6;  // as the extension says it
constexpr long kInterrupt = 9;
constexpr long kConstraint = 19;
constexpr long kMisuse = 21;

constexpr const char* kWhoAmI =
    "SELECT xaodbc_session(), xaodbc_check(), file FROM pragma_database_list WHERE name = 'main'";

// The journal stays, so that no commit allocates it anew, but not what one large transaction made
// of it. Not with a write-ahead log, which this would end: xaodbc_check refuses that before.
constexpr const char* kPersist = "PRAGMA main.journal_mode = PERSIST";
constexpr const char* kJournalLimit = "PRAGMA main.journal_size_limit = 1048576";

/// The name of no branch, and how long its lock is waited for.
constexpr const char* kProbe = "xaodbc: is anybody at work";
constexpr std::chrono::milliseconds kGlance{100};

bool says(const Answer& answer, std::string_view word) {
  return answer.ok && answer.rows.size() == 1 && answer.rows[0].size() == 1 &&
         answer.rows[0][0] == word;
}

bool mentions(const Answer& answer, std::string_view words) {
  return answer.diagnostics.to_string().find(words) != std::string::npos;
}

/// What SQLite says itself does not tell whether the verb was carried out before (an interrupt
/// comes at any time), and the extension says what it does not know (I3).
bool proves_something(const Answer& answer) {
  return answer.ok || (mentions(answer, "xaodbc: ") && !mentions(answer, "is not known"));
}

/// A verb of the extension. A connection that left it open what became of it may have a
/// transaction.
Answer call(Connection& connection, std::string_view function, std::string_view gid,
            Deadline deadline) {
  auto& sql = connection.blank_sql().append("SELECT ").append(function) += '(';
  Answer answer = connection.execute(append_literal(sql, gid) += ')', deadline);
  if (!proves_something(answer)) connection.mark_unfit();
  return answer;
}

bool is_busy(const Answer& answer) {
  return answer.diagnostics.has_native(kLocked) || answer.diagnostics.has_native(kBusy);
}

RollbackReason reason_of(const Answer& answer) {
  const auto& diagnostics = answer.diagnostics;
  if (diagnostics.has_native(kConstraint)) return RollbackReason::kIntegrity;
  if (is_busy(answer)) return RollbackReason::kTransient;
  return diagnostics.has_native(kInterrupt) ? RollbackReason::kUnspecified : RollbackReason::kOther;
}

/// The rows of the list. There is no table before the first branch is prepared in the file.
Answer list_rows(Connection& connection, Deadline deadline) {
  Answer answer = connection.execute("SELECT gid, prepared_at FROM main.xaodbc_branch", deadline);
  if (mentions(answer, "no such table: main.xaodbc_branch")) answer.ok = true;
  return answer;
}

/// As libsqliteodbc 0.9998 reads an option.
bool is_switched_on(std::string_view option) {
  constexpr std::string_view kOn = "Yy123456789Tt";
  return !option.empty() && kOn.find(option.front()) != std::string_view::npos;
}

}  // namespace

SqliteDialect::SqliteDialect(const config::ResourceSettings& settings)
    : resource_(settings.name),
      read_only_votes_(settings.read_only),
      patience_(usual_patience(settings)),
      step_api_(is_switched_on(ConnectionString(settings.connection).get("StepAPI"))),
      database_(ConnectionString(settings.connection).get("Database")) {}

Status SqliteDialect::introduce(Connection& connection, Deadline deadline) const {
  // A journal that an open cursor holds may be removed by somebody else, and then undoes nothing.
  if (step_api_) {
    return {StatusCode::kMisconfigured,
            "StepAPI keeps cursors open across commits, which the rollback journal does not bear;"
            " remove StepAPI from the connection string"};
  }
  const Answer answer = connection.execute(kWhoAmI, deadline);
  if (!answer.ok && mentions(answer, "no such function: xaodbc_")) {
    return {StatusCode::kMisconfigured,
            std::string("the extension ") + kSqliteExtension +
                " is not loaded; it must be installed beside the bridge's own library, and the"
                " driver must be libsqlite3odbc with extensions allowed"};
  }
  const bool whole = answer.ok && answer.rows.size() == 1 && answer.rows[0].size() == 3 &&
                     answer.rows[0][0] && answer.rows[0][2] && !answer.rows[0][2]->empty();
  if (!whole) return {StatusCode::kMisconfigured, answer.diagnostics.to_string()};
  if (!database_.empty() && !database_.starts_with('/')) {
    return {StatusCode::kMisconfigured,
            "Database must be an absolute path (starting with /): a relative one is another file "
            "wherever a process works"};
  }
  const std::string wait = "SELECT xaodbc_patience(" + std::to_string(patience_.count()) + ")";
  for (const char* sql : {kPersist, kJournalLimit, wait.c_str()}) {
    const Answer set = connection.execute(sql, deadline);
    if (!set.ok) return {StatusCode::kMisconfigured, set.diagnostics.to_string()};
  }
  const std::string& file = *answer.rows[0][2];
  connection.set_identity({"sqlite:" + file, *answer.rows[0][0], resource_tag(resource_, file)});
  return Status::ok();
}

BranchName SqliteDialect::name_branch(const Xid& xid, std::string_view tag) const {
  return {xid, encode_gid(xid, tag)};
}

Status SqliteDialect::start(Connection& connection, const BranchName& branch,
                            Deadline deadline) const {
  const Patience patience(connection, patience_, deadline);
  const Answer answer = call(connection, "xaodbc_start", branch.gid, deadline);
  if (answer.ok) return Status::ok();
  const std::string why = "xaodbc_start: " + answer.diagnostics.to_string();
  if (answer.diagnostics.has_native(kConstraint)) return {StatusCode::kDuplicateBranch, why};
  if (is_busy(answer)) {
    return {StatusCode::kRetry, why + "; SQLite has one writer at a time"};
  }
  const bool is_out_of_step = answer.diagnostics.has_native(kMisuse) || !proves_something(answer);
  if (!is_out_of_step) return {StatusCode::kMisconfigured, why};
  connection.mark_unfit();
  return {StatusCode::kConnectionLost, why};
}

/// What was refused is rolled back; what was not even tried has to be.
Status SqliteDialect::failed_in_branch(Connection& connection, const BranchName& branch,
                                       const Answer& answer, std::string_view verb,
                                       Deadline deadline) const {
  const std::string why = std::string(verb) + ": " + answer.diagnostics.to_string();
  if (!proves_something(answer)) return {StatusCode::kOutcomeUnknown, why};
  if (!mentions(answer, "is rolled back")) roll_back_active(connection, branch, deadline);
  return Status::rolled_back(reason_of(answer), why);
}

Result<Vote> SqliteDialect::prepare(Connection& connection, const BranchName& branch,
                                    Deadline deadline) const {
  const std::string_view verb = read_only_votes_ ? "xaodbc_prepare" : "xaodbc_prepare_always";
  const Answer answer = call(connection, verb, branch.gid, deadline);
  if (says(answer, "read-only")) return Vote{.read_only = true, .transaction_id = ""};
  if (says(answer, "prepared")) return Vote{};
  if (!answer.ok) {
    return failure(failed_in_branch(connection, branch, answer, "xaodbc_prepare", deadline));
  }
  connection.mark_unfit();
  return failure(StatusCode::kOutcomeUnknown, "xaodbc_prepare was answered without proof");
}

Status SqliteDialect::commit_one_phase(Connection& connection, const BranchName& branch,
                                       Deadline deadline) const {
  const Answer answer = call(connection, "xaodbc_commit_one_phase", branch.gid, deadline);
  if (says(answer, "committed")) return Status::ok();
  return failed_in_branch(connection, branch, answer, "xaodbc_commit_one_phase", deadline);
}

/// The application cannot end a branch: the extension forbids it.
bool SqliteDialect::roll_back_active(Connection& connection, const BranchName& branch,
                                     Deadline deadline) const {
  if (!connection.fit()) return true;
  const Answer answer = call(connection, "xaodbc_rollback", branch.gid, deadline);
  if (!answer.ok) connection.mark_unfit();
  return true;
}

Status SqliteDialect::finish_prepared(Connection& connection, const BranchName& branch,
                                      Decision decision, Deadline deadline) const {
  const Patience patience(connection, patience_, deadline);
  const bool commit = decision == Decision::kCommit;
  const std::string_view verb = commit ? "xaodbc_commit" : "xaodbc_rollback";
  const Answer answer = call(connection, verb, branch.gid, deadline);
  if (says(answer, commit ? "committed" : "rolled back")) return Status::ok();
  const std::string why = std::string(verb) + ": ";
  if (says(answer, "unknown")) return {StatusCode::kUnknownBranch, why + "no such branch"};
  // Nothing was done, or the list tells that it was: it is asked before anything is concluded.
  const auto code = proves_something(answer) ? StatusCode::kRetry : StatusCode::kOutcomeUnknown;
  return {code, why + answer.diagnostics.to_string()};
}

Result<std::vector<ListedBranch>> SqliteDialect::list(Connection& connection,
                                                      Deadline deadline) const {
  const Answer answer = list_rows(connection, deadline);
  if (!answer.ok) {
    return failure(StatusCode::kUnavailable, "xaodbc_branch: " + answer.diagnostics.to_string());
  }
  return listed_by_gid(answer.rows, connection.identity().tag, "xaodbc_branch");
}

/// Whose lock it is cannot be seen: "alive" is anybody who holds the write lock, and who asks. That
/// is tried by a branch, of which there never is more than this: libsqliteodbc 0.9998 repeats what
/// is busy until the deadline, but not a verb.
Result<bool> SqliteDialect::session_alive(Connection& connection, std::string_view session,
                                          Deadline deadline) const {
  if (session.empty()) return false;
  if (says(connection.execute("SELECT xaodbc_session()", deadline), session)) return true;
  const Patience patience(connection, patience_, deadline, kGlance);
  const Answer begun = call(connection, "xaodbc_start", kProbe, deadline);
  if (!begun.ok && is_busy(begun)) return true;
  const Answer ended = call(connection, "xaodbc_rollback", kProbe, deadline);
  if (begun.ok && says(ended, "rolled back")) return false;
  connection.mark_unfit();
  return failure(StatusCode::kUnavailable, "write lock: " + begun.diagnostics.to_string());
}

/// A connection of this process can be ended. For one of another process the lock is waited for.
Status SqliteDialect::end_session(Connection& connection, std::string_view session,
                                  Deadline deadline) const {
  if (session.empty()) return Status::ok();
  for (Polling polling(deadline);;) {
    if (says(call(connection, "xaodbc_end_session", session, deadline), "ended")) {
      return Status::ok();
    }
    const auto alive = session_alive(connection, session, deadline);
    if (!alive) return alive.error();
    if (!*alive) return Status::ok();
    if (!polling.again()) {
      return {StatusCode::kRetry,
              "somebody is at work in the file and may still prepare the branch"};
    }
  }
}

}  // namespace xaodbc::odbc

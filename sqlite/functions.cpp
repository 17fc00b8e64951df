#include "sqlite/functions.h"

#include <exception>

#include "sqlite/settings.h"

namespace xaodbc::sqlite {
namespace {

using Function = Status (*)(Branch& branch, const std::string& gid, const char*& answer);

/// libsqliteodbc 0.9998 repeats what is SQLITE_BUSY, after SQLite has waited already: a verb that
/// another writer kept waiting is not to be repeated behind its caller's back.
int code_of(const Status& status) {
  return (status.code() & 0xff) == SQLITE_BUSY ? SQLITE_LOCKED : status.code();
}

void finish(sqlite3_context* context, const Status& status, const char* answer) {
  if (status.is_ok()) {
    sqlite3_result_text(context, answer, -1, SQLITE_STATIC);
    return;
  }
  const std::string text = "xaodbc: " + status.text();
  sqlite3_result_error(context, text.c_str(), static_cast<int>(text.size()));
  sqlite3_result_error_code(context, code_of(status));
}

/// Nothing is thrown into SQLite.
template <Function function>
void call(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) try {
  auto& branch = *static_cast<Branch*>(sqlite3_user_data(context));
  const Value argument = read_value(arguments[0]);
  const auto* gid = std::get_if<Text>(&argument);
  if (gid == nullptr) {
    finish(context, Status::misuse("the argument must be a text"), nullptr);
    return;
  }
  const char* answer = "";
  const Status status = function(branch, gid->bytes, answer);
  finish(context, status, answer);
} catch (const std::exception&) {
  sqlite3_result_error_nomem(context);
}

Status start(Branch& branch, const std::string& gid, const char*& answer) {
  answer = "started";
  return branch.start(gid);
}

template <Empty empty>
Status prepare(Branch& branch, const std::string& gid, const char*& answer) {
  Vote vote = Vote::kReadOnly;
  const Status status = branch.prepare(gid, empty, vote);
  answer = vote == Vote::kPrepared ? "prepared" : "read-only";
  return status;
}

Status commit(Branch& branch, const std::string& gid, const char*& answer) {
  bool known = false;
  const Status status = branch.commit(gid, known);
  answer = known ? "committed" : "unknown";
  return status;
}

Status commit_one_phase(Branch& branch, const std::string& gid, const char*& answer) {
  answer = "committed";
  return branch.commit_one_phase(gid);
}

Status roll_back(Branch& branch, const std::string& gid, const char*& answer) {
  bool known = false;
  const Status status = branch.roll_back(gid, known);
  answer = known ? "rolled back" : "unknown";
  return status;
}

void tell_version(sqlite3_context* context, int /*count*/, sqlite3_value** /*arguments*/) {
  sqlite3_result_text(context, XAODBC_VERSION, -1, SQLITE_STATIC);
}

void tell_session(sqlite3_context* context, int /*count*/, sqlite3_value** /*arguments*/) {
  const auto& name = static_cast<Branch*>(sqlite3_user_data(context))->session().name();
  sqlite3_result_text(context, name.c_str(), static_cast<int>(name.size()), SQLITE_TRANSIENT);
}

Status end_session_of(Branch& branch, const std::string& name, const char*& answer) {
  switch (end_session(name, branch.database())) {
    case Ending::kUnknown:
      answer = "unknown";
      break;
    case Ending::kBusy:
      answer = "busy";
      break;
    case Ending::kEnded:
      answer = "ended";
      break;
  }
  return Status::ok();
}

void check(sqlite3_context* context, int /*count*/, sqlite3_value** /*arguments*/) try {
  sqlite3* db = sqlite3_context_db_handle(context);
  Status status = check_settings(db);
  if (status.is_ok()) status = check_temp_triggers(db);
  if (status.is_ok()) status = check_encoding(db);
  finish(context, status, "fine");
} catch (const std::exception&) {
  sqlite3_result_error_nomem(context);
}

/// A function and no PRAGMA, which the authorizer forbids while a branch is at work.
void set_patience(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  sqlite3_busy_timeout(sqlite3_context_db_handle(context), sqlite3_value_int(arguments[0]));
  sqlite3_result_text(context, "set", -1, SQLITE_STATIC);
}

struct Entry {
  const char* name;
  int arguments;
  void (*function)(sqlite3_context*, int, sqlite3_value**);
};

constexpr Entry kEntries[] = {
    {"xaodbc_check", 0, &check},
    {"xaodbc_session", 0, &tell_session},
    {"xaodbc_end_session", 1, &call<&end_session_of>},
    {"xaodbc_patience", 1, &set_patience},
    {"xaodbc_start", 1, &call<&start>},
    {"xaodbc_prepare", 1, &call<&prepare<Empty::kReadOnly>>},
    {"xaodbc_prepare_always", 1, &call<&prepare<Empty::kPrepared>>},
    {"xaodbc_commit", 1, &call<&commit>},
    {"xaodbc_commit_one_phase", 1, &call<&commit_one_phase>},
    {"xaodbc_rollback", 1, &call<&roll_back>},
};

void destroy(void* branch) { delete static_cast<Branch*>(branch); }

}  // namespace

int register_functions(sqlite3* db, Branch* branch) {
  // From triggers and views nobody may call them: a file could then act on whoever reads it.
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
  // This one owns the branch; SQLite destroys it with the connection, after its last rollback.
  const int code = sqlite3_create_function_v2(db, "xaodbc_version", 0, kFlags, branch,
                                              &tell_version, nullptr, nullptr, &destroy);
  if (code != SQLITE_OK) return code;
  for (const Entry& entry : kEntries) {
    const int added = sqlite3_create_function_v2(db, entry.name, entry.arguments, kFlags, branch,
                                                 entry.function, nullptr, nullptr, nullptr);
    if (added != SQLITE_OK) return added;
  }
  return SQLITE_OK;
}

}  // namespace xaodbc::sqlite

#include "sqlite/settings.h"

#include "sqlite/mutant.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

Status ask(sqlite3* db, const std::string& sql, std::string& answer) {
  Statement query(db, sql);
  if (query.next()) {
    const Value value = query.value(0);
    const auto* number = std::get_if<std::int64_t>(&value);
    answer = number == nullptr ? query.text(0) : std::to_string(*number);
  }
  return query.status();
}

struct Requirement {
  const char* sql;
  const char* wanted;
  const char* text;  ///< in front of what was found
};

// EXTRA: with less the directory is not synced, and a journal that is back after a loss of power
// undoes what was committed.
constexpr Requirement kExtra = {
    "PRAGMA main.synchronous", "3",
    "synchronous must be EXTRA (PRAGMA synchronous=EXTRA), or a loss of power may undo what was "
    "promised; it is "};

constexpr Requirement kNoTriggers = {
    "SELECT count(*) FROM temp.sqlite_schema WHERE type = 'trigger'", "0",
    "this connection must have no TEMP triggers, they would fire when a branch is committed (DROP "
    "TRIGGER); their number is "};

/// DELETE commits by removing the journal and syncing the directory, TRUNCATE by cutting it off and
/// syncing it, PERSIST by zeros over its header and syncing it: all as lasting, each faster than
/// the one before. But in the last two a cursor that is open across a commit of its connection
/// keeps the journal open, which somebody in DELETE may remove: later transactions there are then
/// not undone after a crash (docs/sqlite.md, "Limits"). Verbs do not work beside a cursor. WAL:
/// SQLite 3.40.1 can lose a committed transaction when another connection's cache spilled in a
/// transaction with savepoints and the process died; no version is proved to be free of it.
Status check_journal_mode(sqlite3* db) {
  std::string mode;
  if (Status status = ask(db, "PRAGMA main.journal_mode", mode); !status.is_ok()) return status;
  if (mode == "delete" || mode == "truncate" || mode == "persist") return Status::ok();
  return {SQLITE_ERROR,
          "journal_mode must be DELETE (PRAGMA journal_mode=DELETE), TRUNCATE or PERSIST, other "
          "modes are not proved to keep prepared branches; it is " +
              mode};
}

constexpr Requirement kEncoding = {"PRAGMA encoding", "UTF-8",
                                   "the database's encoding must be UTF-8; it is "};

Status check(sqlite3* db, const Requirement& requirement) {
  std::string answer;
  if (Status status = ask(db, requirement.sql, answer); !status.is_ok()) return status;
  return answer == requirement.wanted ? Status::ok()
                                      : Status(SQLITE_ERROR, requirement.text + answer);
}

}  // namespace

Status adjust_settings(sqlite3* db) {
  for (const Mutant mutant : {Mutant::kSynchronousFull, Mutant::kSynchronousOff}) {
    if (!is_mutant(mutant)) continue;
    const std::string mode = mutant == Mutant::kSynchronousFull ? "FULL" : "OFF";
    if (Status status = run(db, "PRAGMA synchronous = " + mode); !status.is_ok()) return status;
  }
  // A cache that spills keeps readers out from then on.
  return run(db, "PRAGMA cache_spill = OFF");
}

Status check_settings(sqlite3* db) {
  const char* file = sqlite3_db_filename(db, "main");
  if (file == nullptr || *file == '\0') {
    return {SQLITE_ERROR, "the database must be a file: a branch in memory ends with its process"};
  }
  if (sqlite3_db_readonly(db, "main") != 0) {
    return {SQLITE_READONLY,
            "the database file is read-only for this user; branches are kept in it"};
  }
  int triggers = 0;
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, -1, &triggers);
  if (triggers == 0) {
    return {SQLITE_ERROR, "triggers are switched off on this connection, and fences are triggers"};
  }
  if (Status status = check_journal_mode(db); !status.is_ok()) return status;
  int writable = 0;
  sqlite3_db_config(db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, -1, &writable);
  if (writable != 0) {
    return {SQLITE_ERROR, "writable_schema must be OFF (PRAGMA writable_schema=OFF); it is ON"};
  }
  const bool weakened = is_mutant(Mutant::kSynchronousFull) || is_mutant(Mutant::kSynchronousOff);
  return weakened ? Status::ok() : check(db, kExtra);
}

Status check_temp_triggers(sqlite3* db) { return check(db, kNoTriggers); }

Status check_encoding(sqlite3* db) { return check(db, kEncoding); }

}  // namespace xaodbc::sqlite

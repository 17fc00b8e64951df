#include "sqlite/prepare.h"

#include <exception>
#include <map>
#include <set>

#include "sqlite/changes.h"
#include "sqlite/fence.h"
#include "sqlite/moment.h"
#include "sqlite/refusal.h"
#include "sqlite/sequence.h"
#include "sqlite/side_table.h"
#include "sqlite/statement.h"
#include "sqlite/store.h"
#include "sqlite/trial.h"

namespace xaodbc::sqlite {
namespace {

class Preparation {
 public:
  Preparation(sqlite3* db, Schema& schema, const std::string& gid, const Capture& capture)
      : db_(db), schema_(schema), gid_(gid), capture_(capture) {}

  /// The rows as the branch has them, then, its work undone, as everybody else has them.
  Status find_changes() {
    if (Status status = find_tables(); !status.is_ok()) return status;
    if (Status status = read(&TableChanges::after); !status.is_ok()) return status;
    for (const auto& [name, change] : changes_) {
      Status status = read_sequence(db_, schema_, name, sequences_);
      if (!status.is_ok()) return status;
    }
    if (Status status = run(db_, "ROLLBACK TO xaodbc"); !status.is_ok()) return status;
    moment(Moment::kUndone);
    if (Status status = read(&TableChanges::before); !status.is_ok()) return status;
    for (auto change = changes_.begin(); change != changes_.end();) {
      keep_differences(change->second);
      const bool same = change->second.before.empty() && change->second.after.empty();
      change = same ? changes_.erase(change) : std::next(change);
    }
    return Status::ok();
  }

  [[nodiscard]] bool changes_nothing() const { return changes_.empty(); }

  Status store() {
    if (Status status = install_list(db_, schema_); !status.is_ok()) return status;
    for (const auto& [name, change] : changes_) {
      Status status = install_fences(db_, schema_, *change.table, true);
      if (!status.is_ok()) return status;
    }
    moment(Moment::kFenced);
    for (const auto& [name, change] : changes_) {
      Status status = store_rows(db_, gid_, *change.table,
                                 {{kind::kBefore, &change.before}, {kind::kAfter, &change.after}});
      if (!status.is_ok()) return status;
      tables_.insert(name);
    }
    moment(Moment::kStored);
    return Status::ok();
  }

  Status promise() {
    PinnedRows pins;
    if (Status status = try_branch(db_, schema_, gid_, changes_, pins); !status.is_ok()) {
      return status;
    }
    moment(Moment::kTried);
    for (const auto& [name, pinned] : pins) {
      for (const auto& step :
           {install_fences(db_, schema_, *pinned.table, false),
            store_rows(db_, gid_, *pinned.table, {{kind::kPinned, &pinned.rows}})}) {
        if (!step.is_ok()) return step;
      }
      tables_.insert(name);
    }
    if (Status status = keep_sequences(db_, sequences_); !status.is_ok()) return status;
    return store_branch(db_, gid_, tables_);
  }

 private:
  Status find_tables() {
    for (const auto& [name, touched] : capture_.tables()) {
      const Table* table = nullptr;
      if (Status status = schema_.find(name, &table); !status.is_ok()) return status;
      if (table == nullptr) return Status::refused("table " + name + " is gone");
      if (!table->refusal.empty()) return refusal(*table);
      changes_[name].table = table;
    }
    return Status::ok();
  }

  Status read(Rows TableChanges::*rows) {
    for (auto& [name, change] : changes_) {
      RowReader& reader = readers_.try_emplace(name, db_, *change.table).first->second;
      const TouchedRows& touched = capture_.tables().find(name)->second;
      if (Status status = reader.read(touched, change.*rows); !status.is_ok()) return status;
    }
    return Status::ok();
  }

  sqlite3* db_;
  Schema& schema_;
  const std::string& gid_;
  const Capture& capture_;
  Changes changes_;
  std::map<std::string, RowReader> readers_;
  Sequences sequences_;
  std::set<std::string> tables_;  ///< with rows of the branch beside them
};

Status check_noted(const Capture& capture) {
  if (!capture.inexact_table().empty()) {
    return Status::refused("table " + capture.inexact_table() +
                           " has an integer beyond 2^53 in its primary key, which SQLite does not "
                           "tell exactly where another column is REAL; its row cannot be part of a "
                           "two-phase branch");
  }
  return capture.has_failed() ? Status::refused("not all of its changes could be noted")
                              : Status::ok();
}

/// Only COMMIT would tell, and what it would commit is undone by then.
Status check_deferred(sqlite3* db) {
  int unresolved = 0, peak = 0;
  const int code = sqlite3_db_status(db, SQLITE_DBSTATUS_DEFERRED_FKS, &unresolved, &peak, 0);
  if (code != SQLITE_OK) return {code, "the state of deferred foreign keys is not known"};
  return unresolved == 0 ? Status::ok() : Status::refused("FOREIGN KEY constraint failed");
}

}  // namespace

Status prepare_within(sqlite3* db, Schema& schema, const std::string& gid, const Capture& capture,
                      Empty empty, Vote& vote) try {
  for (Status status : {check_noted(capture), check_deferred(db)}) {
    if (!status.is_ok()) return status;
  }
  Preparation preparation(db, schema, gid, capture);
  if (Status status = preparation.find_changes(); !status.is_ok()) return status;
  if (preparation.changes_nothing() && empty == Empty::kReadOnly) {
    vote = Vote::kReadOnly;
    return Status::ok();
  }
  vote = Vote::kPrepared;
  if (Status status = preparation.store(); !status.is_ok()) return status;
  return preparation.promise();
} catch (const std::exception& error) {
  // Its work may be undone by now: whoever goes on with it would find that nothing was changed.
  return {SQLITE_NOMEM, error.what()};
}

}  // namespace xaodbc::sqlite

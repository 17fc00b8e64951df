#pragma once

#include <string>

#include "sqlite/capture.h"
#include "sqlite/decision.h"
#include "sqlite/prepare.h"
#include "sqlite/preupdate.h"
#include "sqlite/schema.h"
#include "sqlite/session.h"

namespace xaodbc::sqlite {

/// What a connection does for branches. It works on one at a time, which is the connection's own
/// transaction from start() to prepare(), and decides prepared ones, whoever prepared them.
///
/// While a branch is at work, an authorizer refuses what would end it or could not be captured, and
/// a hook vetoes every commit that is not ours: the transaction may be gone (RAISE(ROLLBACK), a
/// full disk), and what the application does next would be committed by itself.
class Branch {
 public:
  Branch(sqlite3* db, const PreupdateApi& api)
      : db_(db), api_(api), schema_(db), session_(db, [this] { lose(); }) {}
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;

  // Every verb: where the text says that something is not known, the transaction may be open. Then
  // nobody can use it, and the next verb, or closing the connection, rolls it back.

  /// After a failure there is no branch.
  Status start(const std::string& gid);
  /// After a failure other than misuse the branch is rolled back.
  Status prepare(const std::string& gid, Empty empty, Vote& vote);
  /// If the file is busy the branch stays as it is; after other failures it is rolled back.
  Status commit_one_phase(const std::string& gid);
  /// Rolls back the branch at work, or a prepared one; `known` is false if there is neither.
  Status roll_back(const std::string& gid, bool& known);
  /// Commits a prepared branch.
  Status commit(const std::string& gid, bool& known);
  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] const sqlite3* database() const { return db_; }

 private:
  class Own;
  static int authorize(void* self, int action, const char* first, const char* second,
                       const char* database, const char* trigger);
  static int before_commit(void* self);
  static void after_rollback(void* self);
  static void before_change(void* self, sqlite3* db, int operation, const char* database,
                            const char* table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid);

  Status enter();
  Status begin(const std::string& gid);
  Status check_at_work(const std::string& gid) const;
  Status check_idle() const;
  Status check_not_lost() const;
  Status decide(const std::string& gid, Decision decision, bool& known);
  Status withdraw(const std::string& gid, const Status& reason);
  Status roll_back_at_work(const std::string& gid, const Status& reason);
  Status hold(const std::string& gid, const Status& reason);
  void lose();
  void watch(bool on);
  void end();

  sqlite3* db_;
  PreupdateApi api_;
  Schema schema_;
  Capture capture_;
  Session session_;
  std::string gid_;       ///< of the branch at work; empty: none
  bool own_ = false;      ///< what runs is ours, not the application's
  bool lost_ = false;     ///< the transaction ended without us, or is held
  std::string promised_;  ///< prepared here the last
  std::string held_;      ///< whose transaction is over but open, see hold(); empty: none
};

}  // namespace xaodbc::sqlite

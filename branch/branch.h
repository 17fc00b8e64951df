#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/status.h"
#include "base/ticket.h"
#include "base/timed_mutex.h"
#include "odbc/dialect.h"
#include "odbc/pool.h"

namespace xaodbc {

/// A branch in this process, from xa_start until it is finished.
///
///   state            transaction on        lease    log            reached by
///   kActive (S1)     the leased connection  held     nothing        start, join, resume
///   kIdle (S2)       same, no statements    held     preparing, if  end of the last association
///                                                    noted
///   kAsked           same, or the server    held     preparing      a sibling's vote: PREPARE was
///                                                                    sent ahead (xa/siblings.h)
///   kPrepared (S3)   the server             MariaDB  preparing      prepare
///   kMaybePrepared   the server, or nobody  none,    preparing      PREPARE, until its answer is
///                                            or of                   heard and the record is
///                                            the verb                durable; for good without
///                                                                    an answer (I3)
///   kHeuristic (S5)  finished               none     heuristic      application, operator
///
/// S1 and S2 differ by the associations alone. Rollback-only (S1 or S2 with a reason, S4) is
/// sticky. S0 is "not in the table": a finished branch is marked `gone` for those who still wait
/// for it.
///
/// Everything is guarded by `mutex`, which a verb holds while it talks to the server: the branch's
/// own lock, the only one held during I/O (I9).
enum class BranchState : std::uint8_t { kWorking, kAsked, kPrepared, kMaybePrepared, kHeuristic };

/// A thread of control at one resource manager instance: what the standard's tables are about.
struct Party {
  std::uint64_t thread = 0;  ///< this_thread_token()
  int rmid = 0;
  friend bool operator==(const Party&, const Party&) = default;
};

/// A party that works, or has suspended its work, on a branch.
struct Association {
  Party party;
  bool suspended = false;
  bool migratable = false;  ///< suspended with TMMIGRATE: any thread may resume
};

struct Branch {
  explicit Branch(odbc::BranchName branch_name) : name(std::move(branch_name)) {}

  [[nodiscard]] bool has_active() const;
  [[nodiscard]] bool has_suspended() const;
  [[nodiscard]] bool has_migratable() const;
  Association* find(const Party& party);
  void dissociate(const Party& party);
  void enter(BranchState next);
  /// Keeps the first reason; where there is no memory for its text, without it (I9).
  void mark_rollback_only(RollbackReason reason, std::string_view why) noexcept;

  const odbc::BranchName name;
  TimedMutex mutex;
  BranchState state = BranchState::kWorking;
  bool gone = false;  ///< finished and out of the table
  std::optional<Status> rollback_only;
  bool rolled_back_elsewhere = false;  ///< rollback-only by another process's xa_rollback
  std::vector<Association> associations;
  odbc::Lease lease;
  odbc::SharedIdentity identity;   ///< of the connection that works for the branch
  std::uint64_t birth = 0;         ///< of its log records, since xa_start
  std::optional<Ticket> noted;     ///< its *preparing* record was written ahead (xa/siblings.h)
  std::size_t votes_recorded = 0;  ///< *preparing* records of it that this process wrote
  std::uint64_t marks_seen = 0;    ///< BranchLog::marks() before xa_start was answered
  /// In this state; or rolled back elsewhere, as far as is known here.
  Deadline::Clock::time_point since = Deadline::Clock::now();
  bool one_phase = false;                  ///< of a kAsked branch that is to be committed in one
  bool answered = false;                   ///< its session has answered PREPARE
  bool of_another = false;                 ///< made from the log for one call: not in the table
  bool ended_by_application = false;       ///< as was seen when branch_timeout or a rollback
                                           ///< elsewhere ended it
  std::string transaction_id;              ///< the server's, of the Vote
  StatusCode heuristic = StatusCode::kOk;  ///< in state kHeuristic: what every verb answers
};

/// Asserts what must hold between the fields of a branch whenever no verb is at work on it.
void check_branch(const Branch& branch);

}  // namespace xaodbc

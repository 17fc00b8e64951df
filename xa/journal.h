#pragma once

#include <optional>
#include <string>
#include <utility>

#include "branch/branch.h"
#include "log/branch_log.h"
#include "xa/resource.h"

namespace xaodbc::xa {

/// Writes the log records of one branch; the one place that knows which fields which record has.
class Journal {
 public:
  /// `birth` is 0 when no life of the branch is known; the first record that needs one makes it.
  /// `branch` must outlive it.
  Journal(Resource& resource, const odbc::BranchName& branch, std::uint64_t birth)
      : resource_(resource), branch_(branch), birth_(birth) {}
  Journal(Resource& resource, odbc::BranchName&& branch, std::uint64_t birth)
      : resource_(resource), own_branch_(std::move(branch)), branch_(*own_branch_), birth_(birth) {}
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  [[nodiscard]] std::uint64_t birth() const { return birth_; }

  /// The first record of a life of the branch. The sync is under way on return.
  Result<log::Ticket> preparing(const odbc::Identity& identity);
  /// The same, to be synced with the next record that is.
  Result<log::Ticket> preparing_ahead(const odbc::Identity& identity);
  /// It will not be prepared after all. Durable on return.
  Status withdrawn(Deadline deadline);
  Result<log::Ticket> prepared(const std::string& transaction_id);
  /// Ended, nothing was written: the vote of whoever calls xa_prepare later (3.1.5).
  Status read_only();
  /// For the process that may still work on a branch which this one does not know: not to be
  /// prepared any more (3.1.4). Durable, and to be seen by all, on return.
  Status mark_rolled_back(Deadline deadline);
  /// "committing" or "rolling back".
  Status deciding(odbc::Decision decision);
  /// What cannot be written any more is told by the server or by asking again.
  void done(log::Outcome outcome, log::Decider decider = log::Decider::kTransactionManager);
  /// A completion that was found, not decided: finished, and kept for the transaction manager until
  /// it calls xa_forget. Durable on return (I4).
  Status heuristic(log::Outcome outcome, const std::string& who, const std::string& why,
                   Deadline deadline);
  /// Durable on return.
  Status forgotten(Deadline deadline);

 private:
  /// This thread's record, emptied and begun; the next call takes it away.
  [[nodiscard]] log::Record& record(log::RecordType type) const;
  log::Record& preparing_record(const odbc::Identity& identity);
  Status append_durably(log::Record& record, Deadline deadline);

  Resource& resource_;
  const std::optional<odbc::BranchName> own_branch_;
  const odbc::BranchName& branch_;
  std::uint64_t birth_;
};

}  // namespace xaodbc::xa

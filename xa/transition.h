#pragma once

#include <cstdint>
#include <string>

namespace xaodbc::xa {

/// The calls that the state tables tell apart (xa-reference 6 and 7).
enum class Call : std::uint8_t {
  kStart,
  kStartJoin,
  kStartResume,
  kEndSuccess,
  kEndFail,
  kEndSuspend,
  kPrepare,
  kCommit,
  kCommitOnePhase,
  kRollback,
  kForget,
  kCount,
};

/// The calling thread and the XID of the call (table 6.2).
enum class ThreadView : std::uint8_t {
  kFree,                ///< T0
  kHere,                ///< T1 with this XID
  kElsewhere,           ///< T1 with another XID
  kSuspended,           ///< T2 with this XID, not active anywhere
  kSuspendedElsewhere,  ///< T2 with this XID, T1 with another
  kCount,
};

/// The branch in this process (table 6.4), finer where an answer depends on more.
enum class BranchView : std::uint8_t {
  kNone,                ///< S0 in this process; server and log may know it
  kActive,              ///< S1
  kActiveRollbackOnly,  ///< S1, and S4 once the last association ends
  kIdle,                ///< S2
  kIdleSuspended,       ///< S2 with a suspended association left
  kAsked,               ///< S2, and its vote was asked for ahead (xa/siblings.h): S3 or S0
  kPrepared,            ///< S3
  kMaybePrepared,       ///< a PREPARE without answer: S3 or S0, nobody knows yet (I3)
  kRollbackOnly,        ///< S4
  kHeuristic,           ///< S5
  kCount,
};

/// What a cell says.
enum class Cell : char {
  kAct = '+',            ///< do it
  kProtocol = 'P',       ///< XAER_PROTO, nothing changes
  kUnknown = 'N',        ///< XAER_NOTA
  kDuplicate = 'D',      ///< XAER_DUPID
  kRolledBack = 'R',     ///< XA_RB*: the branch is rollback-only
  kEndRolledBack = 'E',  ///< end the association, then as kRolledBack
  kVoteRollback = 'V',   ///< roll back now and answer XA_RB*
  kIfMigratable = 'M',   ///< do it when an association was suspended with TMMIGRATE, else PROTO
  kAsk = '?',            ///< this process does not know: ask log and server
  kHeuristic = 'H',      ///< XA_HEUR* as recorded
  kImpossible = '!',     ///< no such pair of views; answered as PROTO, asserted in tests
};

/// The state table: total, without a default row.
Cell transition(Call call, ThreadView thread, BranchView branch);

/// The whole table for people; tests keep it as a golden file.
std::string print_transitions();

}  // namespace xaodbc::xa

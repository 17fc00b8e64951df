#pragma once

#include <cstdint>

namespace xaodbc::sqlite {

/// Where a process may die that differ in what is in the file. Tests name one in
/// $XAODBC_SQLITE_MOMENT; compiled out unless the build says XAODBC_FAIL_POINTS.
enum class Moment : std::uint8_t {
  kStarted,          ///< the branch holds the write lock, nothing is told
  kUndone,           ///< prepare undid the branch's work, nothing is stored
  kFenced,           ///< fences installed in the open transaction
  kStored,           ///< images stored in the open transaction
  kTried,            ///< the trial is over and undone
  kPrepareReady,     ///< everything but COMMIT
  kPrepareDone,      ///< prepared, nothing is told
  kDecisionApplied,  ///< the decision is applied in the open transaction
  kDecisionDone,     ///< the decision is committed, nothing is told
  kOnePhaseDone,     ///< committed in one phase, nothing is told
  kCount,
};

/// What is left out on purpose, to see that tests notice. Tests name one in
/// $XAODBC_SQLITE_MUTANT; never there unless the build says XAODBC_FAIL_POINTS.
enum class Mutant : std::uint8_t {
  kNoPins,             ///< parents of new references are not held
  kNoVanishedKeys,     ///< references to a key that will be gone are not refused
  kPrimaryKeyOnly,     ///< other unique keys are not fenced
  kNoInsertFence,      ///< inserts are not fenced
  kTriggersAtApply,    ///< triggers fire again when a decision is applied
  kNoTrial,            ///< prepare promises without a trial
  kLossyImages,        ///< reals are stored as integers where they can be
  kNoBeforeImages,     ///< a decision does not take the old rows away
  kSequenceForgotten,  ///< AUTOINCREMENT numbers are given out again
  kHalfTheTables,      ///< a decision leaves the last table out
  kCommitTwice,        ///< a decision leaves the branch in the list
  kCount,
};

#ifdef XAODBC_FAIL_POINTS
void moment(Moment moment);
bool is_mutant(Mutant mutant);
#else
inline void moment(Moment) {}
constexpr bool is_mutant(Mutant) { return false; }
#endif

}  // namespace xaodbc::sqlite

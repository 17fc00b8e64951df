#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace xaodbc::sqlite {

/// What is done wrong on purpose, to see that the torture notices. It names one in
/// $XAODBC_SQLITE_MUTANT; never there unless the build says XAODBC_FAIL_POINTS.
enum class Mutant : std::uint8_t {
  kNoPins,             ///< parents of new references are not held
  kNoVanishedKeys,     ///< references to a key that will be gone are not refused
  kPrimaryKeyOnly,     ///< other unique keys are not fenced
  kNoInsertFence,      ///< inserts are not fenced
  kNoUpdateFence,      ///< updates are not fenced
  kNoDeleteFence,      ///< deletes are not fenced
  kNoRowidFence,       ///< REPLACE by rowid is not fenced
  kTriggersAtApply,    ///< triggers fire again when a decision is applied
  kNoTrial,            ///< prepare promises without a trial
  kLossyImages,        ///< reals are stored as integers where they can be
  kTwinImages,         ///< a row with two equal keys is stored twice
  kNoBeforeImages,     ///< a decision does not take the old rows away
  kSequenceForgotten,  ///< AUTOINCREMENT numbers are given out again
  kHalfTheTables,      ///< a decision leaves the last table out
  kCommitTwice,        ///< a decision leaves the branch in the list
  kSplitDecision,      ///< a decision is applied and taken off the list in two transactions
  kEmptyPromise,       ///< prepare answers without a commit
  kSynchronousFull,    ///< the directory is not synced
  kSynchronousOff,     ///< nothing is synced
  kCount,
};

constexpr std::array<std::string_view, static_cast<std::size_t>(Mutant::kCount)> kMutantNames = {
    "no_pins",
    "no_vanished_keys",
    "primary_key_only",
    "no_insert_fence",
    "no_update_fence",
    "no_delete_fence",
    "no_rowid_fence",
    "triggers_at_apply",
    "no_trial",
    "lossy_images",
    "twin_images",
    "no_before_images",
    "sequence_forgotten",
    "half_the_tables",
    "commit_twice",
    "split_decision",
    "empty_promise",
    "synchronous_full",
    "synchronous_off",
};

#ifdef XAODBC_FAIL_POINTS
bool is_mutant(Mutant mutant);
#else
constexpr bool is_mutant(Mutant) { return false; }
#endif

}  // namespace xaodbc::sqlite

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace xaodbc::sqlite {

/// Where a process may die that differ in what is in the file. Tests name one in
/// $XAODBC_SQLITE_MOMENT; the process then kills itself with SIGKILL when it gets there. Compiled
/// out unless the build says XAODBC_FAIL_POINTS.
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

constexpr std::array<std::string_view, static_cast<std::size_t>(Moment::kCount)> kMomentNames = {
    "started",       "undone",       "fenced",           "stored",        "tried",
    "prepare_ready", "prepare_done", "decision_applied", "decision_done", "one_phase_done",
};

#ifdef XAODBC_FAIL_POINTS
void moment(Moment moment);
#else
inline void moment(Moment) {}
#endif

}  // namespace xaodbc::sqlite

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace xaodbc {

/// The moments at which a process may die that differ in what is on the server, in the log or in
/// memory. Tests name one in $XAODBC_FAIL_POINT; the process then kills itself with SIGKILL when it
/// gets there. Compiled out unless the build says XAODBC_FAIL_POINTS.
enum class FailPoint : std::uint8_t {
  kStartBegun,              ///< branch begun on the server, the TM not told
  kEndDone,                 ///< association ended, the TM not told
  kPrepareRecordWritten,    ///< "preparing" written, PREPARE not sent
  kPrepareAnswered,         ///< the server prepared, "preparing" perhaps not durable
  kPrepareDurable,          ///< both done, the TM not told
  kCommitRecordWritten,     ///< "committing" written, COMMIT not sent
  kCommitAnswered,          ///< the server committed, "done" not written
  kCommitDone,              ///< "done" written, the TM not told
  kRollbackRecordWritten,   ///< "rolling back" written, ROLLBACK not sent
  kRollbackAnswered,        ///< the server rolled back, "done" not written
  kMarkWritten,             ///< "rolled back" durable for a branch unknown here, the TM not told
  kOnePhaseAnswered,        ///< the server committed in one phase, the TM not told
  kForgetRecordWritten,     ///< "forgotten" written, the TM not told
  kHeuristicRecordWritten,  ///< an operator's decision is durable, the server not told
  kHeuristicActed,          ///< the server did it, "done" not written
  kCount,
};

constexpr std::array<std::string_view, static_cast<std::size_t>(FailPoint::kCount)>
    kFailPointNames = {
        "start_begun",
        "end_done",
        "prepare_record_written",
        "prepare_answered",
        "prepare_durable",
        "commit_record_written",
        "commit_answered",
        "commit_done",
        "rollback_record_written",
        "rollback_answered",
        "mark_written",
        "one_phase_answered",
        "forget_record_written",
        "heuristic_record_written",
        "heuristic_acted",
};

#ifdef XAODBC_FAIL_POINTS
void fail_point(FailPoint point);
#else
inline void fail_point(FailPoint) {}
#endif

}  // namespace xaodbc

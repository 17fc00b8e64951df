#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/failpoint.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/private_server.h"

namespace xaodbc::sim {

/// What breaks.
enum class FaultKind : std::uint8_t {
  kKillProcess,    ///< SIGKILL for one process of the bridge
  kFailPoint,      ///< the same, and the next process in its place dies at a fail point
  kKillProcesses,  ///< all at once: the transaction managers' machine
  kEndSessions,    ///< an administrator ends all sessions of one server
  kKillServer,     ///< SIGKILL for one server, which is started again
  kRestartServer,  ///< in an orderly way
  kPauseServer,    ///< SIGSTOP for a while, sometimes longer than verb_timeout
  kCutExchange,    ///< the network fails once, at some place of a statement or of its answer
  kCutNetwork,     ///< the network is away for a while
  kLockFile,       ///< in place of what cannot happen to a file: a stranger keeps it locked
  kCount,
};
constexpr std::array<std::string_view, static_cast<std::size_t>(FaultKind::kCount)> kFaultNames = {
    "process killed",  "died at fail point", "all processes killed", "sessions ended",
    "server killed",   "server restarted",   "server stopped",       "statement cut off",
    "network cut off", "file locked"};

struct Fault {
  std::uint32_t at = 0;  ///< when so many transactions were begun
  FaultKind kind = FaultKind::kKillProcess;
  std::size_t place = 0;   ///< which process
  std::size_t server = 0;  ///< which server
  FailPoint point = FailPoint::kStartBegun;
  int milliseconds = 0;             ///< of what is away for a while
  std::size_t statement = 0;        ///< index into statements_of()
  support::Position position = {};  ///< where it is cut
};

/// Texts by which the statements of a database are known that are worth being cut off.
constexpr std::size_t kStatements = 4;
std::array<std::string_view, kStatements> statements_of(support::ServerKind kind);

/// Follows from its arguments alone; in the order of time.
std::vector<Fault> make_schedule(std::uint64_t seed, std::uint32_t transactions,
                                 std::uint32_t faults, std::size_t places, std::size_t servers);

}  // namespace xaodbc::sim

#pragma once

#include <cstdint>
#include <string_view>

namespace xaodbc::recovery {

/// How a branch stands, as far as the facts prove it (I3, I5).
enum class State : std::uint8_t {
  kInDoubt,      ///< prepared; the TM has not decided, or we have not heard
  kFinishing,    ///< prepared, and the log holds the TM's decision: the second phase was cut off
  kPreparing,    ///< the session that prepares it is at work right now
  kPending,      ///< an operator decided; the server has the branch still, or may have it
  kHeuristic,    ///< finished as an operator decided; the TM has not called xa_forget yet
  kVanished,     ///< the log knows it as prepared, the server does not list it
  kElsewhere,    ///< prepared on another server than the resource leads to now
  kUnreachable,  ///< the log knows it, the server cannot be asked
  kUnlogged,     ///< prepared under our name, this host's log does not know it
  kEnded,        ///< over, says the log: finished, or ended before it was prepared
  kForeign,      ///< prepared; nothing says that it belongs to this resource (I5)
  kUnknown,      ///< neither server nor log has it
};

/// True for states that a scan reports: in doubt, or decided by an operator. The others are
/// nobody's worry: work under way, or nothing at all.
bool needs_attention(State state);

/// `in-doubt`, `heuristic`, ...: stable names for programs and the table.
std::string_view to_string(State state);

/// One line for people who read a list: what the state asks of them.
std::string_view advice(State state);

}  // namespace xaodbc::recovery

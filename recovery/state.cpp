#include "recovery/state.h"

namespace xaodbc::recovery {

bool needs_attention(State state) {
  return state != State::kPreparing && state != State::kEnded && state != State::kUnknown;
}

std::string_view to_string(State state) {
  switch (state) {
    case State::kInDoubt:
      return "in-doubt";
    case State::kFinishing:
      return "finishing";
    case State::kPreparing:
      return "preparing";
    case State::kPending:
      return "pending";
    case State::kHeuristic:
      return "heuristic";
    case State::kVanished:
      return "vanished";
    case State::kElsewhere:
      return "elsewhere";
    case State::kUnreachable:
      return "unreachable";
    case State::kUnlogged:
      return "unlogged";
    case State::kEnded:
      return "ended";
    case State::kForeign:
      return "foreign";
    case State::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view advice(State state) {
  switch (state) {
    case State::kInDoubt:
      return "prepared, not decided: let the transaction manager run and recover first";
    case State::kFinishing:
      return "the transaction manager decided and will repeat it; commit or rollback only as it "
             "did";
    case State::kPreparing:
      return "in the middle of PREPARE: look again";
    case State::kPending:
      return "an operator's command was cut off: repeat it";
    case State::kHeuristic:
      return "finished without the transaction manager: kept until that calls xa_forget";
    case State::kVanished:
      return "in the log, not on the server: xaodbc show tells what is proved";
    case State::kElsewhere:
      return "prepared on another server: let the resource lead to it again";
    case State::kUnreachable:
      return "in the log, server not reached: bring it back first";
    case State::kUnlogged:
      return "ours by name, unknown to this host's log: ask the other hosts";
    case State::kEnded:
      return "over: nothing to do";
    case State::kForeign:
      return "perhaps another application's: leave it unless you are sure";
    case State::kUnknown:
      return "nowhere to be found";
  }
  return "";
}

}  // namespace xaodbc::recovery

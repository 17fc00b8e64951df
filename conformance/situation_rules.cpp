#include "conformance/answers.h"
#include "conformance/situation.h"

// What an answer makes of a branch: tables 6.2 and 6.4.

namespace xaodbc::conformance {

void Situation::apply(Branch& branch, Who who, Verb verb, long flags, int code) {
  switch (verb) {
    case Verb::kStart:
      return apply_start(branch, who, flags, code);
    case Verb::kEnd:
      return apply_end(branch, who, flags, code);
    case Verb::kPrepare:
    case Verb::kCommit:
    case Verb::kRollback:
    case Verb::kForget:
      return apply_completion(branch, verb, code);
    default:
      return;
  }
}

void Situation::apply_start(Branch& branch, Who who, long flags, int code) {
  if (is_rolled_back(code)) branch.rollback_only = true;
  if (code != XA_OK) return;
  if ((flags & TMRESUME) != 0 && !branch.ties.contains(who)) {
    std::erase_if(branch.ties, [](const auto& tie) { return tie.second == Tie::kSuspended; });
  }
  branch.ties[who] = Tie::kActive;
  branch.fate = Fate::kWorking;
}

void Situation::apply_end(Branch& branch, Who who, long flags, int code) {
  if (is_rolled_back(code)) branch.rollback_only = true;
  const bool suspended = (flags & TMSUSPEND) != 0 && (code == XA_OK || code == XA_NOMIGRATE);
  if (suspended) {
    branch.ties[who] = Tie::kSuspended;
  } else if (code == XA_OK || is_rolled_back(code)) {
    branch.ties.erase(who);
  }
}

void Situation::apply_completion(Branch& branch, Verb verb, int code) {
  if (verb == Verb::kPrepare && code == XA_OK) {
    branch.fate = Fate::kPrepared;
  } else if (is_heuristic(code)) {
    branch.fate = Fate::kHeuristic;
  } else if (code == XA_OK || code == XA_RDONLY || is_rolled_back(code)) {
    branch.fate = Fate::kNone;
    branch.rollback_only = false;
  }
}

}  // namespace xaodbc::conformance

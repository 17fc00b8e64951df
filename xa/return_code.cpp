#include "xa/return_code.h"

#include "xaodbc/xa.h"

namespace xaodbc::xa {
namespace {

bool is_one_phase(Verb verb, unsigned long flags) {
  return verb == Verb::kCommit && (flags & TMONEPHASE) != 0;
}

bool is_second_phase(Verb verb, unsigned long flags) {
  return (verb == Verb::kCommit && !is_one_phase(verb, flags)) || verb == Verb::kRollback;
}

/// xa_start that begins a branch: it can meet a duplicate, but not miss the branch.
bool begins_branch(Verb verb, unsigned long flags) {
  return verb == Verb::kStart && (flags & (TMJOIN | TMRESUME)) == 0;
}

/// XA_RB codes may leave these; a prepared branch that cannot be committed is never said to be
/// rolled back by this code (transaction-managers.md 3).
bool may_say_rolled_back(Verb verb, unsigned long flags) {
  return verb == Verb::kStart || verb == Verb::kEnd || verb == Verb::kPrepare ||
         verb == Verb::kRollback || is_one_phase(verb, flags);
}

/// xa_open answers RMERR when the database cannot be reached: LIXA refuses RMFAIL there as illegal.
int failed_code(Verb verb) {
  return verb == Verb::kOpen || verb == Verb::kClose ? XAER_RMERR : XAER_RMFAIL;
}

/// Nothing happened, the same call may succeed later.
int retry_code(Verb verb, unsigned long flags) {
  if (verb == Verb::kCommit && !is_one_phase(verb, flags)) return XA_RETRY;
  if (verb == Verb::kStart) return (flags & TMNOWAIT) != 0 ? XA_RETRY : XAER_RMERR;
  return failed_code(verb);
}

/// RMERR from a second phase means "rolled back, forget it" to every transaction manager seen.
int error_code(Verb verb, unsigned long flags) {
  return is_second_phase(verb, flags) || is_one_phase(verb, flags) ? XAER_RMFAIL : XAER_RMERR;
}

int heuristic_code(Verb verb, int code) {
  return verb == Verb::kCommit || verb == Verb::kRollback ? code : XAER_RMERR;
}

int rolled_back_code(Verb verb, unsigned long flags, RollbackReason reason) {
  return may_say_rolled_back(verb, flags) ? XA_RBBASE + static_cast<int>(reason)
                                          : failed_code(verb);
}

int protocol_code(Verb verb) { return verb == Verb::kComplete ? XAER_INVAL : XAER_PROTO; }

int outside_code(Verb verb) { return verb == Verb::kStart ? XAER_OUTSIDE : XAER_PROTO; }

bool may_miss_branch(Verb verb, unsigned long flags) {
  return verb != Verb::kOpen && verb != Verb::kClose && verb != Verb::kRecover &&
         verb != Verb::kComplete && !begins_branch(verb, flags);
}

}  // namespace

int return_code(Verb verb, unsigned long flags, const Status& status) {
  if (verb == Verb::kComplete && !status.is_ok()) return XAER_INVAL;
  switch (status.code()) {
    case StatusCode::kOk:
      return XA_OK;
    case StatusCode::kInvalidArgument:
      return XAER_INVAL;
    case StatusCode::kProtocol:
      return protocol_code(verb);
    case StatusCode::kUnknownBranch:
      return may_miss_branch(verb, flags) ? XAER_NOTA : XAER_RMERR;
    case StatusCode::kDuplicateBranch:
      return begins_branch(verb, flags) ? XAER_DUPID : error_code(verb, flags);
    case StatusCode::kOutside:
      return outside_code(verb);
    case StatusCode::kRolledBack:
      return rolled_back_code(verb, flags, status.reason());
    case StatusCode::kReadOnly:
      return verb == Verb::kPrepare ? XA_RDONLY : XA_OK;
    case StatusCode::kRetry:
      return retry_code(verb, flags);
    case StatusCode::kUnavailable:
    case StatusCode::kConnectionLost:
    case StatusCode::kOutcomeUnknown:
    case StatusCode::kRefused:
    case StatusCode::kLogPoisoned:
    case StatusCode::kLogDamaged:
      return failed_code(verb);
    case StatusCode::kLogFull:
    case StatusCode::kMisconfigured:
    case StatusCode::kInternal:
      return error_code(verb, flags);
    case StatusCode::kHeuristicCommitted:
      return heuristic_code(verb, XA_HEURCOM);
    case StatusCode::kHeuristicRolledBack:
      return heuristic_code(verb, XA_HEURRB);
    case StatusCode::kHeuristicMixed:
      return heuristic_code(verb, XA_HEURMIX);
    case StatusCode::kHeuristicHazard:
    case StatusCode::kEndedByApplication:
      return heuristic_code(verb, XA_HEURHAZ);
    case StatusCode::kAsyncRefused:
      return verb == Verb::kRecover ? XAER_INVAL : XAER_ASYNC;
  }
  return failed_code(verb);
}

bool is_allowed(Verb verb, unsigned long flags, int code) {
  const bool completes = verb == Verb::kCommit || verb == Verb::kRollback;
  if (code >= XA_RBBASE && code <= XA_RBEND) return may_say_rolled_back(verb, flags);
  switch (code) {
    case XA_OK:
    case XAER_INVAL:
      return true;
    case XAER_ASYNC:
      return verb != Verb::kRecover && verb != Verb::kComplete;
    case XAER_PROTO:
      return verb != Verb::kComplete;
    case XAER_RMERR:
      return verb != Verb::kComplete && !is_second_phase(verb, flags);
    case XAER_RMFAIL:
      return verb != Verb::kComplete && verb != Verb::kOpen && verb != Verb::kClose;
    case XAER_NOTA:
      return may_miss_branch(verb, flags);
    case XAER_DUPID:
      return begins_branch(verb, flags);
    case XAER_OUTSIDE:
      return verb == Verb::kStart;
    case XA_RETRY:
      return (verb == Verb::kStart && (flags & TMNOWAIT) != 0) ||
             (verb == Verb::kCommit && !is_one_phase(verb, flags));
    case XA_RDONLY:
      return verb == Verb::kPrepare;
    case XA_HEURHAZ:
    case XA_HEURCOM:
    case XA_HEURRB:
    case XA_HEURMIX:
      return completes;
    default:
      return false;
  }
}

}  // namespace xaodbc::xa

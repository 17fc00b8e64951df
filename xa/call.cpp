#include "xa/call.h"

#include <algorithm>
#include <array>
#include <exception>

#include "base/uncancelled.h"
#include "xa/flags.h"
#include "xa/last_error.h"
#include "xa/marks.h"
#include "xa/return_code.h"

namespace xaodbc::xa {
namespace {

Result<Xid> read_xid(const XID* xid) {
  if (xid == nullptr) return failure(StatusCode::kInvalidArgument, "the XID pointer is null");
  if (xid->formatID == -1) return Xid::create(-1, "", "");
  const auto part_fits = [](long size) { return size >= 0 && size <= MAXGTRIDSIZE; };
  if (!part_fits(xid->gtrid_length) || !part_fits(xid->bqual_length)) {
    return failure(StatusCode::kInvalidArgument,
                   "the XID's lengths " + std::to_string(xid->gtrid_length) + " and " +
                       std::to_string(xid->bqual_length) + " are out of range");
  }
  const auto gtrid = static_cast<std::size_t>(xid->gtrid_length);
  const auto bqual = static_cast<std::size_t>(xid->bqual_length);
  return Xid::create(xid->formatID, {xid->data, gtrid}, {xid->data + gtrid, bqual});
}

/// `xa_commit of accounts, XID 1:ab:cd: message`.
std::string describe(Verb verb, int rmid, const XID* xid, const Status& status) {
  std::string text(to_string(verb));
  Instance* instance = this_thread().find(rmid);
  text += instance != nullptr ? " of " + instance->resource->name()
                              : " of rmid " + std::to_string(rmid);
  if (const auto known = read_xid(xid)) text += ", XID " + known->to_string();
  text += ": " + status.message();
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

/// What came because there is no memory finds none for its text either.
Status unexpected(const char* what) noexcept {
  try {
    return {StatusCode::kInternal, std::string("unexpected: ") + what};
  } catch (const std::exception&) {
    return {StatusCode::kInternal, "no memory"};  // short enough to need none
  }
}

Status guarded(FunctionRef<Status()> body) {
  try {
    return body();
  } catch (const std::exception& error) {
    return unexpected(error.what());
  } catch (...) {
    return unexpected("exception");
  }
}

BranchView view_of(const Branch* branch) {
  if (branch == nullptr) return BranchView::kNone;
  switch (branch->state) {
    case BranchState::kAsked:
      return BranchView::kAsked;
    case BranchState::kPrepared:
      return BranchView::kPrepared;
    case BranchState::kMaybePrepared:
      return BranchView::kMaybePrepared;
    case BranchState::kHeuristic:
      return BranchView::kHeuristic;
    case BranchState::kWorking:
      break;
  }
  if (branch->has_active()) {
    return branch->rollback_only ? BranchView::kActiveRollbackOnly : BranchView::kActive;
  }
  if (branch->rollback_only) return BranchView::kRollbackOnly;
  return branch->has_suspended() ? BranchView::kIdleSuspended : BranchView::kIdle;
}

ThreadView view_of_thread(const BranchCall& call, Branch* branch) {
  const bool works = call.instance->current != nullptr;
  const Association* own = branch == nullptr ? nullptr : branch->find(call.party());
  if (own == nullptr) return works ? ThreadView::kElsewhere : ThreadView::kFree;
  if (!own->suspended) return ThreadView::kHere;
  return works ? ThreadView::kSuspendedElsewhere : ThreadView::kSuspended;
}

Status out_of_protocol(ThreadView thread, BranchView branch) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(ThreadView::kCount)> kThread = {
      "not associated with any branch", "associated with this branch",
      "associated with another branch", "suspended on this branch",
      "suspended on this branch and associated with another"};
  constexpr std::array<std::string_view, static_cast<std::size_t>(BranchView::kCount)> kBranch = {
      "not known",
      "active",
      "active and rollback-only",
      "idle",
      "idle with a suspended association left",
      "being prepared together with another branch of its transaction",
      "prepared",
      "perhaps prepared (a PREPARE was not answered)",
      "rollback-only",
      "heuristically completed"};
  return {StatusCode::kProtocol, "not allowed now: the branch is " +
                                     std::string(kBranch[static_cast<std::size_t>(branch)]) +
                                     ", this thread is " +
                                     std::string(kThread[static_cast<std::size_t>(thread)])};
}

Status heuristic_of(const Branch& branch) {
  return {branch.heuristic, "the branch was completed heuristically; call xa_forget when noted"};
}

}  // namespace

int run_verb(Verb verb, int rmid, long flags, const XID* xid,
             FunctionRef<Status(unsigned long)> body) {
  const Uncancelled uncancelled;
  const auto bits = static_cast<unsigned long>(flags);
  const Status status = guarded([&] {
    if (auto checked = check_flags(verb, bits); !checked.is_ok()) return checked;
    return body(bits);
  });
  const Status noted = guarded([&] {
    set_last_error("");  // an earlier verb's would be wrong where there is no memory for this one's
    if (!status.is_ok()) set_last_error(describe(verb, rmid, xid, status));
    return Status::ok();
  });
  static_cast<void>(noted);  // no memory for the text: the code still says what happened
  return return_code(verb, bits, status);
}

int run_branch_verb(Verb verb, XID* xid, int rmid, long flags, Status (*body)(const BranchCall&)) {
  return run_verb(verb, rmid, flags, xid, [&](unsigned long bits) -> Status {
    BranchCall call;
    call.rmid = rmid;
    call.flags = bits;
    call.instance = this_thread().find(rmid);
    if (call.instance == nullptr) {
      return {StatusCode::kProtocol, "this thread has not opened the rmid; call xa_open first"};
    }
    const auto known = read_xid(xid);
    if (!known) return known.error();
    call.xid = *known;
    call.deadline = call.resource().deadline();
    return body(call);
  });
}

Result<LockedBranch> lock_branch(const BranchCall& call) {
  auto locked = lock_branch_alone(call);
  if (locked && locked->branch) notice_rollback_elsewhere(call.resource(), *locked->branch);
  return locked;
}

Result<LockedBranch> lock_branch_alone(const BranchCall& call) {
  for (;;) {
    LockedBranch locked;
    locked.branch = call.resource().branches.find(call.xid);
    if (locked.branch == nullptr) return locked;
    locked.lock = std::unique_lock(locked.branch->mutex, call.deadline.when());
    if (!locked.lock.owns_lock()) {
      return failure(StatusCode::kRetry,
                     "another thread's call for this branch is still under way");
    }
    // It may have been finished while we waited; then the XID may already mean a new branch.
    if (!locked.branch->gone) return locked;
  }
}

Permission permission(const BranchCall& call, Call what, Branch* branch) {
  const ThreadView thread = view_of_thread(call, branch);
  const BranchView view = view_of(branch);
  const Cell cell = transition(what, thread, view);
  switch (cell) {
    case Cell::kAct:
    case Cell::kAsk:
    case Cell::kEndRolledBack:
    case Cell::kVoteRollback:
      return {cell, Status::ok()};
    case Cell::kIfMigratable:
      if (branch->has_migratable()) return {Cell::kAct, Status::ok()};
      return {Cell::kProtocol, out_of_protocol(thread, view)};
    case Cell::kUnknown:
      return {cell, {StatusCode::kUnknownBranch, "no such branch in this process"}};
    case Cell::kDuplicate:
      return {cell,
              {StatusCode::kDuplicateBranch,
               "the XID is in use in this process; a resource that is opened under two rmids"
               " needs an XID for each"}};
    case Cell::kRolledBack:
      return {cell, *branch->rollback_only};
    case Cell::kHeuristic:
      return {cell, heuristic_of(*branch)};
    case Cell::kProtocol:
    case Cell::kImpossible:
      return {cell, out_of_protocol(thread, view)};
  }
  return {Cell::kImpossible, out_of_protocol(thread, view)};
}

}  // namespace xaodbc::xa

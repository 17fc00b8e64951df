#include <algorithm>
#include <limits>
#include <unordered_set>

#include "xa/entries.h"
#include "xa/housekeeping.h"

namespace xaodbc::xa {
namespace {

/// As the server has them now. What the log calls abandoned is looked for before: a branch missing
/// in the list means nothing unless its session was gone already.
Result<std::vector<odbc::ListedBranch>> list_prepared(Resource& resource, Deadline deadline) {
  const auto live = resource.log->live(resource.name());
  if (!live) return failure(live.error());
  const auto abandoned = abandoned_before_prepare(resource, *live, deadline);
  if (!abandoned) return failure(abandoned.error());
  auto listed = resource.database->list(deadline);
  if (listed) close_abandoned(resource, *abandoned, *listed);
  return listed;
}

/// Prepared branches as the server lists them, and heuristic completions that were not forgotten.
/// The completions are read after the list: an operator's decision is in the log before the server
/// hears of it (I4), so a branch that left the list before we asked is there when we read. In the
/// other order one that is completed in between would be in neither (I5).
Result<std::vector<Xid>> list_branches(Resource& resource) {
  const auto listed = list_prepared(resource, resource.deadline());
  if (!listed) return failure(listed.error());
  const auto completed = resource.log->live(resource.name());
  if (!completed) return failure(completed.error());
  std::vector<Xid> xids;
  std::unordered_set<Xid, XidHash> seen;
  for (const auto& branch : *listed) {
    if (seen.insert(branch.xid).second) xids.push_back(branch.xid);
  }
  for (const auto& history : *completed) {
    if (history.heuristic() != nullptr && seen.insert(history.xid).second) {
      xids.push_back(history.xid);
    }
  }
  return xids;
}

/// The count that comes back is an int.
constexpr long kMostAtOnce = std::numeric_limits<int>::max();

Status open_scan(Instance& instance) {
  instance.scan = {};  // where no list can be had, an older one must not go on
  auto xids = list_branches(*instance.resource);
  if (!xids) return xids.error();
  instance.scan = {.xids = std::move(*xids), .next = 0, .open = true};
  return Status::ok();
}

void write_xid(const Xid& xid, XID& out) {
  out = XID{};
  out.formatID = xid.format_id();
  out.gtrid_length = static_cast<long>(xid.gtrid().size());
  out.bqual_length = static_cast<long>(xid.bqual().size());
  std::ranges::copy(xid.gtrid(), out.data);
  std::ranges::copy(xid.bqual(), out.data + xid.gtrid().size());
}

/// The next up to `count` XIDs of the scan.
int fetch(RecoveryScan& scan, XID* xids, long count) {
  const auto left = scan.xids.size() - scan.next;
  const auto wanted = std::min(static_cast<std::size_t>(count), left);
  for (std::size_t i = 0; i < wanted; ++i) write_xid(scan.xids[scan.next + i], xids[i]);
  scan.next += wanted;
  return static_cast<int>(wanted);
}

Status recover(XID* xids, long count, int rmid, unsigned long flags, int& found) {
  Instance* instance = this_thread().find(rmid);
  if (instance == nullptr) {
    return {StatusCode::kProtocol, "this thread has not opened the rmid; call xa_open first"};
  }
  if (count < 0 || (xids == nullptr && count > 0)) {
    return {StatusCode::kInvalidArgument, "no room for " + std::to_string(count) + " XIDs"};
  }
  if ((flags & TMSTARTRSCAN) != 0) {
    if (auto status = open_scan(*instance); !status.is_ok()) return status;
  } else if (!instance->scan.open && flags != TMENDRSCAN) {
    return {StatusCode::kInvalidArgument, "no recovery scan is open; call with TMSTARTRSCAN"};
  }
  if (instance->scan.open) found = fetch(instance->scan, xids, std::min(count, kMostAtOnce));
  if ((flags & TMENDRSCAN) != 0) instance->scan = {};
  return Status::ok();
}

}  // namespace

/// Returns the number of XIDs written to `xids`, 0..count; fewer than count: the end of the scan.
/// The scan is a snapshot taken at TMSTARTRSCAN. TMENDRSCAN alone without an open scan: 0
/// (Narayana calls that). XAER_INVAL: count or pointer are wrong, or no scan is open. XAER_RMFAIL:
/// the list could not be read whole; never a shorter list (I5).
int recover_entry(XID* xids, long count, int rmid, long flags) {
  int found = 0;
  const int code = run_verb(Verb::kRecover, rmid, flags, nullptr, [&](unsigned long bits) {
    return recover(xids, count, rmid, bits, found);
  });
  return code == XA_OK ? found : code;
}

}  // namespace xaodbc::xa

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/conformance/memory_switch.h"

namespace xaodbc::memory_switch {
namespace {

bool is_idle(const Branch& branch) { return branch.active.empty() && branch.suspended.empty(); }

/// The branch, locked out of use by others for the call; or what to answer.
template <class Act>
int complete(const XID* xid, int rmid, long flags, unsigned long known, const Act& act) {
  auto& all = manager();
  const std::lock_guard lock(all.mutex);
  if (const int code = check(xid, rmid, flags, known); code != XA_OK) return code;
  const auto key = key_of(*xid, rmid);
  Branch* const branch = all.find(key);
  if (branch == nullptr) return XAER_NOTA;
  if (!is_idle(*branch)) return XAER_PROTO;
  return act(all, key, *branch);
}

int vote(Manager&, const std::string&, Branch& branch) {
  if (branch.state == State::kPrepared) return XAER_PROTO;
  if (branch.rollback_only && !has_fault("prepares-what-failed")) return XAER_PROTO;
  branch.state = State::kPrepared;
  return has_fault("code-outside-the-set") ? XA_RETRY : XA_OK;
}

/// As in a database with one writer, or one that is away for a moment.
bool is_out_of_reach(Manager& all, const std::string& key, const Branch& branch) {
  if (branch.state != State::kPrepared) return false;
  if (has_fault("rollback-fails-once")) return all.refused.insert(key).second;
  return has_fault("one-writer") && std::ranges::any_of(all.branches, [](const auto& other) {
           return other.second.state == State::kWorking;
         });
}

}  // namespace

int prepare(XID* xid, int rmid, long flags) { return complete(xid, rmid, flags, 0, vote); }

int rollback(XID* xid, int rmid, long flags) {
  return complete(xid, rmid, flags, 0,
                  [](Manager& all, const std::string& key, const Branch& branch) {
                    if (is_out_of_reach(all, key, branch)) return XAER_RMFAIL;
                    all.forget(key);
                    return XA_OK;
                  });
}

int commit(XID* xid, int rmid, long flags) {
  return complete(xid, rmid, flags, TMONEPHASE | TMNOWAIT,
                  [flags](Manager& all, const std::string& key, const Branch& branch) {
                    const bool one_phase = (flags & TMONEPHASE) != 0;
                    if (branch.rollback_only || one_phase == (branch.state == State::kPrepared)) {
                      return XAER_PROTO;
                    }
                    if (!has_fault("commit-does-not-forget")) all.forget(key);
                    return XA_OK;
                  });
}

int forget(XID* xid, int rmid, long flags) {
  while (has_fault("hangs")) std::this_thread::sleep_for(std::chrono::hours(1));
  if (has_fault("crashes")) std::abort();
  return complete(xid, rmid, flags, 0,
                  [](Manager&, const std::string&, Branch&) { return XAER_PROTO; });
}

int recover(XID* xids, long count, int rmid, long flags) {
  auto& all = manager();
  const std::lock_guard lock(all.mutex);
  const auto bits = static_cast<unsigned long>(flags);
  constexpr unsigned long kKnown = TMSTARTRSCAN | TMENDRSCAN;
  if ((bits & ~kKnown) != 0) return XAER_INVAL;
  Instance& here = all.here(rmid);
  if (!here.is_open) return XAER_PROTO;
  if (count < 0 || (xids == nullptr && count > 0)) return XAER_INVAL;
  if ((bits & TMSTARTRSCAN) != 0) {
    here.scanning = true;
    here.scan.clear();
    for (const auto& [key, branch] : all.branches) {
      const bool is_ours = key.starts_with(std::to_string(rmid) + ":");
      if (is_ours && branch.state == State::kPrepared) here.scan.push_back(all.xids[key]);
    }
  }
  if (!here.scanning) return XAER_INVAL;
  const auto found = std::min(static_cast<std::size_t>(count), here.scan.size());
  std::copy_n(here.scan.begin(), found, xids);
  // The fault: what did not fit is lost.
  here.scan.erase(here.scan.begin(), has_fault("scan-loses-the-rest")
                                         ? here.scan.end()
                                         : here.scan.begin() + static_cast<long>(found));
  if ((bits & TMENDRSCAN) != 0) here.scanning = false;
  return static_cast<int>(found);
}

}  // namespace xaodbc::memory_switch

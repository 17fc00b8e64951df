#include <algorithm>

#include "tests/conformance/memory_switch.h"

namespace xaodbc::memory_switch {
namespace {

int start_new(Manager& all, const std::string& key, const XID& xid, Branch*& branch) {
  if (branch != nullptr && !has_fault("no-dupid")) return XAER_DUPID;
  all.forget(key);
  all.xids[key] = xid;
  branch = &all.branches[key];
  return XA_OK;
}

int join(const Branch* branch) {
  if (branch == nullptr) return XAER_NOTA;
  if (branch->state == State::kPrepared) return XAER_PROTO;
  return branch->rollback_only ? XA_RBROLLBACK : XA_OK;
}

int resume(Branch* branch, std::thread::id me) {
  if (branch == nullptr) return XAER_NOTA;
  const auto mine = branch->suspended.find(me);
  if (mine != branch->suspended.end()) {
    branch->suspended.erase(mine);
    return XA_OK;
  }
  const auto other =
      std::ranges::find_if(branch->suspended, [](const auto& tie) { return tie.second; });
  if (other == branch->suspended.end() || !branch->active.empty()) return XAER_PROTO;
  branch->suspended.erase(other);
  return XA_OK;
}

/// One of TMSUCCESS, TMFAIL, TMSUSPEND, and TMMIGRATE only with the last.
bool is_legal_end(unsigned long flags) {
  const unsigned long how = flags & (TMSUCCESS | TMFAIL | TMSUSPEND);
  const bool is_one = how != 0 && (how & (how - 1)) == 0;
  return is_one && ((flags & TMMIGRATE) == 0 || how == TMSUSPEND);
}

void leave(Branch& branch, std::thread::id me, unsigned long flags) {
  branch.active.erase(me);
  branch.suspended.erase(me);
  if ((flags & TMSUSPEND) != 0) branch.suspended[me] = (flags & TMMIGRATE) != 0;
  if ((flags & TMFAIL) != 0) branch.rollback_only = true;
}

}  // namespace

int start(XID* xid, int rmid, long flags) {
  auto& all = manager();
  const std::lock_guard lock(all.mutex);
  if (const int code = check(xid, rmid, flags, TMJOIN | TMRESUME | TMNOWAIT); code != XA_OK) {
    return code;
  }
  const auto bits = static_cast<unsigned long>(flags);
  if ((bits & TMJOIN) != 0 && (bits & TMRESUME) != 0) return XAER_INVAL;
  const auto me = std::this_thread::get_id();
  const auto key = key_of(*xid, rmid);
  Branch* branch = all.find(key);
  if (!all.here(rmid).current.empty()) return XAER_PROTO;
  if (branch != nullptr && branch->suspended.contains(me) && (bits & TMRESUME) == 0) {
    return XAER_PROTO;
  }
  const int code = (bits & TMJOIN) != 0     ? join(branch)
                   : (bits & TMRESUME) != 0 ? resume(branch, me)
                                            : start_new(all, key, *xid, branch);
  if (code != XA_OK) return code;
  branch->active.insert(me);
  all.here(rmid).current = key;
  return XA_OK;
}

int end(XID* xid, int rmid, long flags) {
  auto& all = manager();
  const std::lock_guard lock(all.mutex);
  const auto bits = static_cast<unsigned long>(flags);
  const int code = check(xid, rmid, flags, TMSUCCESS | TMFAIL | TMSUSPEND | TMMIGRATE);
  if (code == XAER_ASYNC) return code;
  if (!is_legal_end(bits)) return XAER_INVAL;
  if (code != XA_OK) return code;
  const auto me = std::this_thread::get_id();
  Branch* const branch = all.find(key_of(*xid, rmid));
  if (branch == nullptr) return XAER_NOTA;
  const bool is_active = branch->active.contains(me);
  const bool is_suspended = branch->suspended.contains(me);
  if (!is_active && !(is_suspended && (bits & TMSUSPEND) == 0)) {
    // The fault: what is refused has an effect nevertheless.
    if (has_fault("refusal-changes-state")) branch->rollback_only = true;
    return XAER_PROTO;
  }
  leave(*branch, me, bits);
  if (is_active) all.here(rmid).current.clear();
  return branch->rollback_only ? XA_RBROLLBACK : XA_OK;
}

}  // namespace xaodbc::memory_switch

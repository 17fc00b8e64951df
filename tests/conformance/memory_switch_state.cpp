#include <cstdlib>
#include <cstring>

#include "tests/conformance/memory_switch.h"

namespace xaodbc::memory_switch {
namespace {

/// Lets go of what a thread still holds when it ends.
struct ThreadWatch {
  bool used = false;
  ~ThreadWatch() {
    if (used) manager().thread_ended();
  }
};
thread_local ThreadWatch watch;

}  // namespace

bool has_fault(const char* name) {
  const char* const fault = std::getenv("MEMORY_SWITCH_FAULT");
  return fault != nullptr && std::strcmp(fault, name) == 0;
}

// Never destroyed: threads may end after it would have been.
Manager& manager() {
  static auto* const instance = new Manager;
  return *instance;
}

Branch* Manager::find(const std::string& key) {
  const auto place = branches.find(key);
  return place == branches.end() ? nullptr : &place->second;
}

void Manager::forget(const std::string& key) {
  branches.erase(key);
  xids.erase(key);
}

void Manager::thread_ended() {
  const std::lock_guard lock(mutex);
  const auto id = std::this_thread::get_id();
  for (auto& [key, branch] : branches) {
    if (branch.active.erase(id) + branch.suspended.erase(id) > 0) branch.rollback_only = true;
  }
  std::erase_if(instances, [id](const auto& one) { return one.first.first == id; });
}

std::string key_of(const XID& xid, int rmid) {
  const auto used = static_cast<std::size_t>(xid.gtrid_length + xid.bqual_length);
  return std::to_string(rmid) + ":" + std::to_string(xid.formatID) + ":" +
         std::to_string(xid.gtrid_length) + ":" + std::string(xid.data, used);
}

bool is_well_formed(const XID* xid) {
  return xid != nullptr && xid->formatID >= 0 && xid->gtrid_length > 0 &&
         xid->gtrid_length <= MAXGTRIDSIZE && xid->bqual_length >= 0 &&
         xid->bqual_length <= MAXBQUALSIZE;
}

int check(const XID* xid, int rmid, long flags, unsigned long known) {
  watch.used = true;
  const auto bits = static_cast<unsigned long>(flags);
  if ((bits & TMASYNC) != 0) return XAER_ASYNC;
  if ((bits & ~known) != 0 && !has_fault("ignores-flags")) return XAER_INVAL;
  if (!manager().here(rmid).is_open) return XAER_PROTO;
  return is_well_formed(xid) ? XA_OK : XAER_INVAL;
}

}  // namespace xaodbc::memory_switch

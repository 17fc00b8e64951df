#include "tests/conformance/memory_switch.h"

#include <cstring>

// A switch that keeps everything in memory, so that xa-conformance can be tested without a
// database: right as it is, wrong in one respect with MEMORY_SWITCH_FAULT.

namespace xaodbc::memory_switch {
namespace {

int open(char* info, int rmid, long flags) {
  if ((static_cast<unsigned long>(flags) & TMASYNC) != 0) return XAER_ASYNC;
  if (flags != TMNOFLAGS) return XAER_INVAL;
  auto& all = manager();
  const std::lock_guard lock(all.mutex);
  if (all.here(rmid).is_open) return XA_OK;
  if (std::strcmp(info, "memory") != 0) return XAER_INVAL;
  all.here(rmid).is_open = true;
  return XA_OK;
}

int close(char*, int rmid, long flags) {
  if ((static_cast<unsigned long>(flags) & TMASYNC) != 0) return XAER_ASYNC;
  if (flags != TMNOFLAGS) return XAER_INVAL;
  auto& all = manager();
  const std::lock_guard lock(all.mutex);
  if (!all.here(rmid).current.empty()) return XAER_PROTO;
  all.here(rmid) = {};
  return XA_OK;
}

int complete(int*, int*, int, long) { return XAER_INVAL; }

xa_switch_t make_switch() {
  const bool swapped = has_fault("rollback-and-prepare-swapped");
  return {"memory",
          TMNOFLAGS,
          has_fault("version-1") ? 1 : 0,
          open,
          close,
          start,
          end,
          swapped ? prepare : rollback,
          swapped ? rollback : prepare,
          commit,
          recover,
          has_fault("no-forget") ? nullptr : forget,
          complete};
}

}  // namespace
}  // namespace xaodbc::memory_switch

extern "C" __attribute__((visibility("default"))) xa_switch_t* memory_get_xa_switch() {
  static xa_switch_t entries = xaodbc::memory_switch::make_switch();
  return &entries;
}

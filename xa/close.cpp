#include "xa/entries.h"

namespace xaodbc::xa {
namespace {

Status close(int rmid) {
  const Instance* instance = this_thread().find(rmid);
  if (instance == nullptr) return Status::ok();
  if (instance->current != nullptr) {
    return {StatusCode::kProtocol, "this thread still works on branch " +
                                       instance->current->name.xid.to_string() +
                                       "; call xa_end first"};
  }
  this_thread().close(rmid);
  return Status::ok();
}

}  // namespace

/// R1 → R0. Idle, suspended and prepared branches stay and can be finished after another xa_open
/// (3.1.8). XAER_PROTO: the thread is associated with a branch.
int close_entry(char* /*info*/, int rmid, long flags) {
  return run_verb(Verb::kClose, rmid, flags, nullptr, [&](unsigned long) { return close(rmid); });
}

}  // namespace xaodbc::xa

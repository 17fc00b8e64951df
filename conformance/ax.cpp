#include "conformance/ax.h"

namespace xaodbc::conformance {

Registration& this_threads_registration() {
  static thread_local Registration registration;
  return registration;
}

}  // namespace xaodbc::conformance

// Exported from the program: a switch with TMREGISTER finds them in the process, as it would find
// those of a transaction manager.
extern "C" {

__attribute__((visibility("default"))) int ax_reg(int rmid, XID* xid, long flags) {
  auto& registration = xaodbc::conformance::this_threads_registration();
  ++registration.registered;
  registration.rmid = rmid;
  registration.flags = flags;
  if (!registration.armed) return TMER_PROTO;
  *xid = registration.xid;
  return registration.answer;
}

__attribute__((visibility("default"))) int ax_unreg(int rmid, long flags) {
  auto& registration = xaodbc::conformance::this_threads_registration();
  ++registration.unregistered;
  registration.rmid = rmid;
  registration.flags = flags;
  return TM_OK;
}

}  // extern "C"

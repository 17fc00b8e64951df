#pragma once

#include <xaodbc/xa.h>

namespace xaodbc::conformance {

/// What this program, in the place of a transaction manager, answers to the next ax_reg of the
/// calling thread, and what it was asked. Without `armed` every ax_reg is answered TMER_PROTO.
struct Registration {
  bool armed = false;
  int answer = TM_OK;
  XID xid{};
  int registered = 0;    ///< calls of ax_reg
  int unregistered = 0;  ///< calls of ax_unreg
  int rmid = -1;         ///< of the last call
  long flags = 0;        ///< of the last call
};

Registration& this_threads_registration();

}  // namespace xaodbc::conformance

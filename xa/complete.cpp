#include "xa/entries.h"

namespace xaodbc::xa {

/// No call is ever accepted for asynchronous execution, so there is no handle to wait for:
/// XAER_INVAL always.
int complete_entry(int* /*handle*/, int* /*result*/, int rmid, long flags) {
  return run_verb(Verb::kComplete, rmid, flags, nullptr, [](unsigned long) {
    return Status(StatusCode::kInvalidArgument, "asynchronous calls are not offered");
  });
}

}  // namespace xaodbc::xa

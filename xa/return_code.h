#pragma once

#include "base/status.h"
#include "xa/verb.h"

namespace xaodbc::xa {

/// The XA return code of a verb that came to `status`: the only place where XA codes are made.
/// `flags` are the call's: TMONEPHASE and TMNOWAIT decide about some codes. Whatever the pair, the
/// result is in the set that xa-reference 5.2 allows for the verb.
int return_code(Verb verb, unsigned long flags, const Status& status);

/// The set itself, for tests: may `code` come back from this call? (xa_recover: besides a count.)
bool is_allowed(Verb verb, unsigned long flags, int code);

}  // namespace xaodbc::xa

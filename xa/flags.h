#pragma once

#include "base/status.h"
#include "xa/verb.h"

namespace xaodbc::xa {

/// xa-reference 5.1: kAsyncRefused for TMASYNC, kInvalidArgument for a bit that the verb does not
/// know or a combination that is not allowed.
Status check_flags(Verb verb, unsigned long flags);

}  // namespace xaodbc::xa

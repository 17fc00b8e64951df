#pragma once

#include "xa/call.h"

namespace xaodbc::xa {

/// First phase of an idle branch of this process, S2 → S3 or S0, on behalf of xa_prepare or, with
/// prepare = at_end, of xa_end. kOk: proved to be prepared, and durably recorded (I1). kReadOnly:
/// wrote nothing and is ended. kRolledBack. kOutcomeUnknown: perhaps prepared.
/// kEndedByApplication.
Status vote(const BranchCall& call, Branch& branch);

/// An earlier PREPARE was not answered and the transaction manager asks again: as vote().
Status vote_again(const BranchCall& call, Branch& branch);

}  // namespace xaodbc::xa

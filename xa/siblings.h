#pragma once

#include "xa/call.h"

namespace xaodbc::xa {

/// A transaction manager asks for the votes of a global transaction one after the other, and each
/// needs a durable record. When the first is asked for, this writes the *preparing* records of the
/// other branches that the same thread has ended for the same gtrid, in the same log: the sync of
/// the first makes all of them durable, and the later votes need none.
///
/// *preparing* says "may be prepared", which is true of a branch whose vote never comes as well:
/// its session is gone, or gets ended, before anything is concluded from its absence (3.1.2).
/// Whatever else becomes of such a branch closes the record (xa/unprepared.h).
void note_siblings(const BranchCall& call, const Branch& branch);

}  // namespace xaodbc::xa

#pragma once

#include "xa/call.h"

namespace xaodbc::xa {

/// A transaction manager asks for the votes of a global transaction one after the other, each needs
/// a durable record, and each server takes its time to prepare. When the first vote is asked for,
/// `ask_siblings` begins those of the other branches that the same thread has ended for the same
/// gtrid, in the same log:
///
/// - Their *preparing* records are written: the sync of the first makes all of them durable, and
///   the later votes need none.
/// - Where PREPARE can be sent without waiting for the answer (PostgreSQL through the filter), it
///   is sent, so that the servers work at the same time. The branch is then "asked" until its own
///   xa_prepare, or whatever comes in its place, reads the answer. It cannot be joined any more,
///   which nobody does whose transaction manager prepares. With prepare = alone nothing is sent,
///   nor at the xa_end of a branch with at_end, after which there may be more work for others.
///
/// Where the driver cannot but wait (MariaDB), `ask_siblings_beside` prepares the branch while the
/// first one's server is at work on a PREPARE that was sent. It is "asked" as well, and its answer
/// is kept.
///
/// *preparing* says "may be prepared", which is true of a branch whose vote never comes as well:
/// its session is gone, or gets ended, before anything is concluded from its absence (3.1.2).
/// Whatever else becomes of such a branch closes the record (xa/unprepared.h, xa/reaper.cpp).
void ask_siblings(const BranchCall& call, const Branch& branch);
void ask_siblings_beside(const BranchCall& call, const Branch& branch) noexcept;

}  // namespace xaodbc::xa

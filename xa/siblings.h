#pragma once

#include <cstdint>

#include "xa/call.h"

namespace xaodbc::xa {

/// A transaction manager asks for the votes of a global transaction one after the other, each needs
/// a durable record, and each server takes its time to prepare. When the first vote is asked for,
/// those of the other branches begin as well that the same thread has ended for the same gtrid, in
/// the same log.
///
/// Before the first writes its own record, `note_siblings` writes their *preparing* records: the
/// sync of the first makes all of them durable, and the later votes need none.
///
/// Once nobody was found to have rolled the first back, `ask_siblings` sends PREPARE where that can
/// be done without waiting for the answer (PostgreSQL through the filter), so that the servers work
/// at the same time. The branch is then "asked" until its own xa_prepare, or whatever comes in its
/// place, reads the answer. It cannot be joined any more, which nobody does whose transaction
/// manager prepares. With prepare = alone nothing is sent, nor at the xa_end of a branch with
/// at_end, after which there may be more work for others.
///
/// *preparing* says "may be prepared", which is true of a branch whose vote never comes as well:
/// its session is gone, or gets ended, before anything is concluded from its absence (3.1.2).
/// Whatever else becomes of such a branch closes the record (xa/unprepared.h, xa/reaper.cpp).
void note_siblings(const BranchCall& call, const Branch& branch);

/// `marks` is what BranchLog::marks() said after the records were written.
void ask_siblings(const BranchCall& call, const Branch& branch, std::uint64_t marks);

}  // namespace xaodbc::xa

#pragma once

#include "branch/branch.h"
#include "xa/call.h"
#include "xa/journal.h"

namespace xaodbc::xa {

/// Opens the latch and gives the branch's connection back to the pool, or closes it when unfit.
void release(Branch& branch);

/// Ends the *preparing* record that a sibling's vote has written ahead, if there is one: the branch
/// is over, and was not prepared.
void close_note(Resource& resource, Branch& branch);

/// Ends an unprepared branch, S2 or S4 → S0, and returns `why`. A connection that does not answer
/// is closed, and the server rolls back what was not prepared (I8). Only what the application was
/// seen to have ended itself is not rolled back: see note_ended_by_application.
Status roll_back_unprepared(const BranchCall& call, Branch& branch, Status why);

/// The application ended the transaction inside the branch. What it did is out of our hands and
/// must not be called prepared, committed or rolled back: a heuristic hazard until xa_forget.
/// Returns `why`, or what is wrong with the log.
Status note_ended_by_application(Deadline deadline, Branch& branch, Journal& journal,
                                 const Status& why);
/// Why, where nothing more is known.
Status ended_itself();

/// Rolls back a branch that the server prepared although the promise cannot be given: XA_RB* when
/// that is proved, else kOutcomeUnknown and the branch stays in doubt, until xa_rollback or the
/// reaper has rolled it back.
Status withdraw(const BranchCall& call, Branch& branch, Journal& journal, const Status& why);

}  // namespace xaodbc::xa

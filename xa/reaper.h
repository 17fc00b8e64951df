#pragma once

namespace xaodbc::xa {

/// Ends what no verb would end in time, twice a second, from a thread of the library's own:
/// - working branches older than branch_timeout;
/// - working branches that another process has rolled back (3.1.4), so that their locks do not wait
///   for the application's next verb;
/// - what this process remembers of branches that it prepared and another process finished, with
///   the resource when nobody has it open any more;
/// - votes that were not answered, or were asked for ahead, and that nobody asks about.
/// A branch that is at work meanwhile loses its session on the server, which ends even a statement
/// that waits for a lock; its owner's next verb answers XA_RB*.
///
/// Starts the thread unless this process has it already. False when the system gives none.
bool start_reaper();

}  // namespace xaodbc::xa

#include "bench/contest.h"

namespace xaodbc::bench {
namespace {

void update_locally(const Participants& at, std::uint64_t /*number*/, unsigned account) {
  at[0]->execute(update_sql(account, 1));
}

}  // namespace

/// A branch beside a local transaction, through the bridge and with the extension alone. One
/// thread: a file has one writer at a time.
void run_sqlite(Lab& lab) {
  hold_contest(lab, {.setting = "local commit",
                     .places = {lab.servers.place("sqlite")},
                     .keys = "",
                     .by_hand = Phases::kOne,
                     .one_thread = true,
                     .floor = update_locally,
                     .bridge = update_in_two_phases,
                     .rivals = {{.name = "extension by hand", .transaction = update_in_two_phases},
                                {.name = "local commit, PERSIST", .transaction = update_locally}}});
}

}  // namespace xaodbc::bench

#include "bench/contest.h"

namespace xaodbc::bench {
/// The bridge prepares in xa_end; xa_prepare then confirms the vote. MariaDB gives a branch free
/// for other sessions only when the one that prepared it is closed.
void run_at_end(Lab& lab) {
  for (const std::string server : {"pg1", "mariadb"}) {
    const auto place = lab.servers.place(server);
    hold_contest(lab, {.setting = server,
                       .places = {place},
                       .keys = "prepare=at_end",
                       .connections = place.on_mariadb() ? Bridge::Connections::kClosed
                                                         : Bridge::Connections::kKept,
                       .floor = update_in_two_phases,
                       .bridge = update_in_two_phases});
  }
}

}  // namespace xaodbc::bench

#include "bench/contest.h"

namespace xaodbc::bench {
namespace {

void update(const Participants& at, std::uint64_t number, unsigned account) {
  at[0]->start(number);
  at[0]->execute(update_sql(account, 1));
  at[0]->end();
  at[0]->prepare();
  at[0]->commit();
}

}  // namespace

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
                       .floor = update,
                       .bridge = update});
  }
}

}  // namespace xaodbc::bench

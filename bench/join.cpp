#include "bench/contest.h"

namespace xaodbc::bench {
namespace {

void update_twice(const Participants& at, std::uint64_t number, unsigned account) {
  at[0]->start(number);
  at[0]->execute(update_sql(account, 1));
  at[0]->end();
  at[0]->join();
  at[0]->execute(update_sql(account, -1));
  at[0]->end();
  at[0]->prepare();
  at[0]->commit();
}

}  // namespace

/// By hand: both statements in one transaction.
void run_join(Lab& lab) {
  for (const std::string server : {"pg1", "mariadb"}) {
    hold_contest(lab, {.setting = server,
                       .places = {lab.servers.place(server)},
                       .keys = "",
                       .floor = update_twice,
                       .bridge = update_twice});
  }
}

}  // namespace xaodbc::bench

#include "bench/contest.h"

namespace xaodbc::bench {
namespace {

void update_once(const Participants& at, std::uint64_t number, unsigned account) {
  at[0]->start(number);
  at[0]->execute(update_sql(account, 1));
  at[0]->end();
  at[0]->commit_one_phase();
}

}  // namespace

/// By hand: a local transaction, UPDATE and SQLEndTran.
void run_one_phase(Lab& lab) {
  for (const std::string server : {"pg1", "mariadb"}) {
    hold_contest(lab, {.setting = server,
                       .places = {lab.servers.place(server)},
                       .keys = "",
                       .by_hand = Phases::kOne,
                       .floor = update_once,
                       .bridge = update_once});
  }
}

}  // namespace xaodbc::bench

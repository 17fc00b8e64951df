#include "bench/contest.h"

namespace xaodbc::bench {
namespace {

void look(const Participants& at, std::uint64_t number, unsigned account) {
  at[0]->start(number);
  at[0]->query("SELECT balance FROM accounts WHERE id = " + std::to_string(account));
  at[0]->end();
}

void look_by_hand(const Participants& at, std::uint64_t number, unsigned account) {
  look(at, number, account);
  at[0]->commit_one_phase();
}

/// MariaDB prepares what wrote nothing, too.
void look_and_vote(const Participants& at, std::uint64_t number, unsigned account) {
  look(at, number, account);
  if (at[0]->prepare()) at[0]->commit();
}

}  // namespace

/// By hand: a local transaction, SELECT and SQLEndTran; nobody has to vote.
void run_read_only(Lab& lab) {
  for (const std::string server : {"pg1", "mariadb"}) {
    hold_contest(lab, {.setting = server,
                       .places = {lab.servers.place(server)},
                       .keys = "",
                       .by_hand = Phases::kOne,
                       .floor = look_by_hand,
                       .bridge = look_and_vote});
  }
}

}  // namespace xaodbc::bench

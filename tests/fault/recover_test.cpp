#include "tests/fault/network_kit.h"

namespace xaodbc {
namespace {

/// The recovery query, or its answer, meets a fault while a branch is prepared: a list is whole or
/// it is an error (I5).
class RecoverTest : public NetworkTest {
 protected:
  static constexpr long kWholeScan = TMSTARTRSCAN | TMENDRSCAN;

  void SetUp() override {
    NetworkTest::SetUp();
    prepare(tm_, xid_, row_);
  }
  /// What the commit comes to that the scan is made for. MariaDB keeps no trace of what an XA
  /// statement did.
  [[nodiscard]] std::string outcome() const {
    if (aftermath().act == Act::kNone) return "XA_OK";
    if (on_mariadb()) return "XA_HEURHAZ";
    return is_commit(aftermath().act) ? "XA_OK" : "XA_HEURRB";
  }
  [[nodiscard]] bool is_finished() const { return aftermath().act != Act::kNone; }
};

bool is_possible(const NetworkCase& one) {
  const auto& [kind, fault, aftermath] = one;
  if (fault.failure == Failure::kDelay) return aftermath.name == "ServerBack";
  if (fault.failure == Failure::kStall) return !aftermath.away && aftermath.act == Act::kNone;
  return true;
}

INSTANTIATE_TEST_SUITE_P(
    Recover, RecoverTest,
    testing::ValuesIn(combine(all_faults(),
                              {
                                  {.name = "ServerBack"},
                                  {.name = "ServerAway", .away = true},
                                  {.name = "BranchCommitted", .act = Act::kCommits},
                                  {.name = "BranchRolledBack", .act = Act::kRollsBack},
                              },
                              is_possible)),
    name_of);

TEST_P(RecoverTest, ListsAllOrFails) {
  const auto answer = fail_in({.text = on("pg_prepared_xacts", "XA RECOVER")},
                              [this] { return tm_.recover_once(kWholeScan); });
  EXPECT_EQ(answer.code, fault().failure == Failure::kDelay ? 1 : XAER_RMFAIL) << answer.why;
  if (aftermath().away) {
    EXPECT_EQ(tm_.recover_once(kWholeScan), XAER_RMFAIL);
    come_back();
  }
  EXPECT_EQ(tm_.recover(), is_finished() ? Xids{} : xids({xid_}));
  const auto decided = tm_.commit(xid_);
  EXPECT_EQ(code_of(decided), outcome()) << decided.why;
  if (decided != XA_OK) {
    expect_heuristic(
        outcome(), [this](RemoteTm& there) { return there.commit(xid_); },
        [this] { return tm_.commit(xid_); });
  }
  EXPECT_EQ(tm_.recover(), Xids{});
  expect_row(aftermath().act != Act::kRollsBack);
}

}  // namespace
}  // namespace xaodbc

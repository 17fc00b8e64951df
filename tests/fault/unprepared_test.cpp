#include "tests/fault/network_kit.h"

namespace xaodbc {
namespace {

const std::vector<Aftermath>& aftermaths() {
  static const std::vector<Aftermath> all = {
      {.name = "ServerBack"},
      {.name = "ServerAway", .away = true},
      {.name = "ServerRestarts", .restarts = true},
  };
  return all;
}

bool is_possible(const NetworkCase& one) {
  const auto& [kind, fault, aftermath] = one;
  if (fault.failure == Failure::kDelay) return aftermath.name == "ServerBack";
  if (fault.failure == Failure::kStall) return !aftermath.away && !aftermath.restarts;
  return !aftermath.restarts || fault.failure == Failure::kCut;
}

/// What is not prepared dies with its session (I8): a rollback needs no answer to be true.
class UnpreparedRollbackTest : public NetworkTest {};
INSTANTIATE_TEST_SUITE_P(Unprepared, UnpreparedRollbackTest,
                         testing::ValuesIn(combine(all_faults(), aftermaths(), is_possible)),
                         name_of);

TEST_P(UnpreparedRollbackTest, IsOkWhateverBecomesOfTheStatement) {
  begin_and_end(tm_, xid_, row_);
  const auto answer =
      fail_in({.text = on("ROLLBACK", "XA ROLLBACK")}, [this] { return tm_.rollback(xid_); });
  EXPECT_EQ(answer, XA_OK);
  if (aftermath().away) {
    EXPECT_EQ(tm_.rollback(xid_), XAER_RMFAIL);
    come_back();
  }
  expect_row(false);
  EXPECT_EQ(tm_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.recover(), Xids{});
}

/// A branch that is committed in one phase leaves nothing that could be asked, so that without an
/// answer the outcome stays unknown (I3).
class OnePhaseTest : public NetworkTest {
 protected:
  /// Nobody has ended the session, so that what the network kept back is carried out in the end.
  [[nodiscard]] static Reached reached_in_the_end() {
    return fault().failure == Failure::kCut ? fault().reached() : Reached::kYes;
  }
};
INSTANTIATE_TEST_SUITE_P(OnePhase, OnePhaseTest,
                         testing::ValuesIn(combine(all_faults(), aftermaths(), is_possible)),
                         name_of);

TEST_P(OnePhaseTest, IsNeitherCommittedNorRolledBackWithoutAnAnswer) {
  begin_and_end(tm_, xid_, row_);
  const auto answer =
      fail_in({.text = on(";COMMIT", "ONE PHASE")}, [this] { return tm_.commit_one_phase(xid_); });
  EXPECT_EQ(answer, fault().failure == Failure::kDelay ? XA_OK : XAER_RMFAIL);
  if (aftermath().away) {
    EXPECT_EQ(tm_.commit_one_phase(xid_), XAER_RMFAIL);
    come_back();
  }
  let_go();
  if (reached_in_the_end() != Reached::kPerhaps) {
    expect_row(reached_in_the_end() == Reached::kYes);
  }
  EXPECT_EQ(tm_.commit_one_phase(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.recover(), Xids{});
}

}  // namespace
}  // namespace xaodbc

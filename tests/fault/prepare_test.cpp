#include "tests/fault/network_kit.h"

namespace xaodbc {
namespace {

/// xa_prepare whose PREPARE, or the answer to it, meets a fault; and what the transaction manager
/// can do afterwards. PREPARE that arrived has prepared the branch, one that did not never will:
/// its session is ended before anything is concluded.
class PrepareTest : public NetworkTest {
 protected:
  XaAnswer prepare_in_fault() {
    begin_and_end(tm_, xid_, row_);
    return fail_in({.text = on("PREPARE TRANSACTION", "XA PREPARE")},
                   [this] { return tm_.prepare(xid_); });
  }

  [[nodiscard]] static Codes truth_once_asked() {
    if (fault().reached() == Reached::kPerhaps) return {"XA_OK", "XA_RB*"};
    const bool prepared = fault().reached() == Reached::kYes && aftermath().act == Act::kNone;
    return {prepared ? "XA_OK" : "XA_RB*"};
  }
  [[nodiscard]] static Codes first_answers() {
    if (fault().failure == Failure::kDelay) return {"XA_OK"};
    if (aftermath().away || decided_by_operator()) return {"XAER_RMFAIL"};
    Codes codes = truth_once_asked();
    // What was found out although the time was up, or at the second attempt, is told all the same.
    if (fault().failure == Failure::kStall || aftermath().second) codes.push_back("XAER_RMFAIL");
    return codes;
  }

  void commit_what_was_promised() {
    EXPECT_EQ(tm_.recover(), xids({xid_}));
    EXPECT_EQ(tm_.commit(xid_), XA_OK);
    expect_row(true);
  }
  /// For the transaction manager it is over.
  void expect_gone() {
    EXPECT_EQ(tm_.recover(), Xids{});
    expect_row(false);
    EXPECT_EQ(tm_.recover(), Xids{});
  }
  void follow(const XaAnswer& answer) {
    if (answer == XA_OK) return commit_what_was_promised();
    if (answer == XAER_RMFAIL) return finish_unknown();
    expect_gone();
  }

  void finish_unknown() {
    if (aftermath().away) {
      const auto still_away = aftermath().asks_again ? tm_.prepare(xid_) : tm_.rollback(xid_);
      EXPECT_EQ(still_away, XAER_RMFAIL);
      come_back();
    }
    if (aftermath().asks_again) return ask_again();
    if (decided_by_operator()) return repeat_decision();
    EXPECT_EQ(aftermath().elsewhere ? another_process()->rollback(xid_) : tm_.rollback(xid_),
              XA_OK);
    expect_gone();
  }
  /// The operator found something to decide.
  [[nodiscard]] static bool decided_by_operator() {
    return is_operator(aftermath().act) && fault().reached() == Reached::kYes;
  }
  void repeat_decision() {
    expect_heuristic(
        is_commit(aftermath().act) ? "XA_HEURCOM" : "XA_HEURRB",
        [this](RemoteTm& there) { return there.rollback(xid_); },
        [this] { return tm_.rollback(xid_); });
    expect_row(is_commit(aftermath().act));
  }
  void ask_again() {
    const auto answer = tm_.prepare(xid_);
    EXPECT_THAT(truth_once_asked(), testing::Contains(code_of(answer))) << answer.why;
    if (answer != XAER_RMFAIL) follow(answer);
  }
};

bool is_possible(const NetworkCase& one) {
  const auto& [kind, fault, aftermath] = one;
  if (fault.failure == Failure::kDelay) return aftermath.name == "ServerBack";
  if (aftermath.restarts) return fault.failure == Failure::kCut;
  if (aftermath.act != Act::kNone && fault.reached() == Reached::kPerhaps) return false;
  if (fault.failure == Failure::kStall) return !aftermath.away;
  return aftermath.name != "AskedAgain";
}

INSTANTIATE_TEST_SUITE_P(
    Prepare, PrepareTest,
    testing::ValuesIn(combine(
        all_faults(),
        {
            {.name = "ServerBack"},
            {.name = "AskedAgain", .asks_again = true},
            {.name = "ServerAway", .away = true},
            {.name = "ServerAwayAskedAgain", .away = true, .asks_again = true},
            {.name = "ServerAwayThenAnotherProcess", .away = true, .elsewhere = true},
            {.name = "ServerRestarts", .restarts = true},
            {.name = "BranchRolledBack", .act = Act::kRollsBack},
            {.name = "ServerAwayBranchRolledBack", .away = true, .act = Act::kRollsBack},
            {.name = "OperatorCommits", .act = Act::kOperatorCommits},
            {.name = "OperatorRollsBack", .act = Act::kOperatorRollsBack},
            {.name = "ServerAwayOperatorCommits", .away = true, .act = Act::kOperatorCommits},
            {.name = "ServerAwayOperatorRollsBack", .away = true, .act = Act::kOperatorRollsBack},
        },
        is_possible)),
    name_of);

bool is_asked(const NetworkCase& one) {
  const bool arrived = one.fault.reached() == Reached::kYes;
  const auto question = one.aftermath.question;
  return question == Question::kList || (question == Question::kSession && !arrived);
}

INSTANTIATE_TEST_SUITE_P(PrepareAndQuestion, PrepareTest,
                         testing::ValuesIn(combine(losses(), cuts_in_question(), is_asked)),
                         name_of);

TEST_P(PrepareTest, AnswersWhatIsProvedAndIsFinished) {
  const auto answer = prepare_in_fault();
  EXPECT_THAT(first_answers(), testing::Contains(code_of(answer))) << answer.why;
  follow(answer);
}

}  // namespace
}  // namespace xaodbc

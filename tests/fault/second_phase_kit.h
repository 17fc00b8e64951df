#pragma once

#include "odbc/dialect.h"
#include "tests/fault/network_kit.h"

namespace xaodbc {

using odbc::Decision;

/// xa_commit or xa_rollback of a prepared branch, whose statement or the answer to it meets a
/// fault.
template <Decision decision>
class SecondPhaseTest : public NetworkTest {
 protected:
  static constexpr bool kCommit = decision == Decision::kCommit;

  XaAnswer decide() { return kCommit ? tm_.commit(xid_) : tm_.rollback(xid_); }
  XaAnswer decide(RemoteTm& there) const {
    return kCommit ? there.commit(xid_) : there.rollback(xid_);
  }
  XaAnswer decide_in_fault() {
    prepare(tm_, xid_, row_);
    const std::string text =
        kCommit ? on("COMMIT PREPARED", "XA COMMIT") : on("ROLLBACK PREPARED", "XA ROLLBACK");
    return fail_in({.text = text}, [this] { return decide(); });
  }

  /// Did somebody else finish the branch? Nobody can once the statement has arrived, and the tool
  /// does not contradict a transaction manager that has decided.
  [[nodiscard]] static bool finished_by_others() {
    const Act act = aftermath().act;
    if (act == Act::kNone || fault().reached() != Reached::kNo) return false;
    return !is_operator(act) || is_commit(act) == kCommit;
  }
  [[nodiscard]] static bool committed_in_the_end() {
    return finished_by_others() ? is_commit(aftermath().act) : kCommit;
  }
  /// What the transaction manager is told once the server can be asked.
  [[nodiscard]] static std::string truth() {
    const bool as_decided = committed_in_the_end() == kCommit;
    const bool must_be_told = finished_by_others() && is_operator(aftermath().act);
    if (as_decided && !must_be_told) return "XA_OK";
    return committed_in_the_end() ? "XA_HEURCOM" : "XA_HEURRB";
  }
  [[nodiscard]] static Codes unknown() {
    return kCommit ? Codes{"XA_RETRY", "XAER_RMFAIL"} : Codes{"XAER_RMFAIL"};
  }
  [[nodiscard]] static Codes first_answers() {
    // What an operator did stands in the log.
    const bool in_log = finished_by_others() && is_operator(aftermath().act);
    if (aftermath().away) return in_log ? Codes{truth()} : unknown();
    if (fault().failure != Failure::kStall && !aftermath().second) return {truth()};
    // What was found out although the time was up, or at the second attempt, is told all the same.
    Codes codes = unknown();
    codes.push_back(truth());
    return codes;
  }

  void follow(const XaAnswer& answer) {
    if (answer == XA_RETRY || answer == XAER_RMFAIL) return repeat_until_known();
    come_back();
    if (answer != XA_OK) {
      expect_heuristic(
          truth(), [this](RemoteTm& there) { return decide(there); }, [this] { return decide(); });
    }
    EXPECT_THAT(decide(), testing::AnyOf(XA_OK, XAER_NOTA));
    EXPECT_EQ(tm_.recover(), Xids{});
    expect_row(committed_in_the_end());
  }
  void repeat_until_known() {
    if (aftermath().away) {
      const auto still_away = decide();
      EXPECT_THAT(unknown(), testing::Contains(code_of(still_away))) << still_away.why;
      come_back();
    }
    const auto answer = aftermath().elsewhere ? decide(*another_process()) : decide();
    ASSERT_EQ(code_of(answer), truth()) << answer.why;
    follow(answer);
  }

  void run() {
    const auto answer = decide_in_fault();
    ASSERT_THAT(first_answers(), testing::Contains(code_of(answer))) << answer.why;
    follow(answer);
  }
};

inline std::vector<NetworkCase> second_phase_cases(Decision decision) {
  const auto is_possible = [decision](const NetworkCase& one) {
    const auto& [kind, fault, aftermath] = one;
    if (fault.failure == Failure::kDelay) return aftermath.name == "ServerBack";
    const bool stalls = fault.failure == Failure::kStall;
    if (stalls && (aftermath.away || is_operator(aftermath.act))) return false;
    if (aftermath.restarts) return fault.failure == Failure::kCut;
    if (aftermath.act == Act::kNone) return true;
    // Of a branch that was finished by an XA statement MariaDB keeps no trace, so that ours counts
    // as the one that did it: nobody may do so (README).
    const bool contradicts = is_commit(aftermath.act) != (decision == Decision::kCommit);
    const bool traceless = kind == ServerKind::kMariadb && !is_operator(aftermath.act);
    return fault.reached() != Reached::kPerhaps && !(traceless && contradicts);
  };
  return combine(
      all_faults(),
      {
          {.name = "ServerBack"},
          {.name = "ServerAway", .away = true},
          {.name = "ServerAwayThenAnotherProcess", .away = true, .elsewhere = true},
          {.name = "ServerRestarts", .restarts = true},
          {.name = "BranchCommitted", .act = Act::kCommits},
          {.name = "BranchRolledBack", .act = Act::kRollsBack},
          {.name = "OperatorCommits", .act = Act::kOperatorCommits},
          {.name = "OperatorRollsBack", .act = Act::kOperatorRollsBack},
          {.name = "ServerAwayBranchCommitted", .away = true, .act = Act::kCommits},
          {.name = "ServerAwayBranchRolledBack", .away = true, .act = Act::kRollsBack},
          {.name = "ServerAwayOperatorCommits", .away = true, .act = Act::kOperatorCommits},
          {.name = "ServerAwayOperatorRollsBack", .away = true, .act = Act::kOperatorRollsBack},
      },
      is_possible);
}

inline std::vector<NetworkCase> question_cases() {
  return combine(losses(), cuts_in_question(), [](const NetworkCase& one) {
    const bool arrived = one.fault.reached() == Reached::kYes;
    const bool on_mariadb = one.kind == ServerKind::kMariadb;
    switch (one.aftermath.question) {
      case Question::kDecision:
        return true;
      case Question::kSession:
        return arrived || on_mariadb;
      case Question::kList:
        return arrived;
      case Question::kProof:
        return arrived && !on_mariadb;
    }
    return false;
  });
}

}  // namespace xaodbc

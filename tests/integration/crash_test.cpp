#include <csignal>
#include <map>
#include <tuple>

#include "base/failpoint.h"
#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using odbc::Decision;

/// What a process does on its way to a fail point.
using Scenario = void (*)(Tm&, const XID&, const std::string& row, PrivateServer&);

void work(Tm& tm, const XID& xid, const std::string& row, PrivateServer& /*server*/) {
  begin_and_end(tm, xid, row);
}
void prepare(Tm& tm, const XID& xid, const std::string& row, PrivateServer& /*server*/) {
  xaodbc::prepare(tm, xid, row);
}
void commit(Tm& tm, const XID& xid, const std::string& row, PrivateServer& server) {
  prepare(tm, xid, row, server);
  EXPECT_EQ(tm.commit(xid), XA_OK);
}
void roll_back(Tm& tm, const XID& xid, const std::string& row, PrivateServer& server) {
  prepare(tm, xid, row, server);
  EXPECT_EQ(tm.rollback(xid), XA_OK);
}
void roll_back_unknown(Tm& tm, const XID& xid, const std::string& /*row*/,
                       PrivateServer& /*server*/) {
  EXPECT_EQ(tm.rollback(xid), XAER_NOTA);
}
void commit_one_phase(Tm& tm, const XID& xid, const std::string& row, PrivateServer& server) {
  work(tm, xid, row, server);
  EXPECT_EQ(tm.commit_one_phase(xid), XA_OK);
}
void forget(Tm& tm, const XID& xid, const std::string& row, PrivateServer& server) {
  prepare(tm, xid, row, server);
  roll_back_behind_our_back(server);
  EXPECT_THAT(tm.commit(xid), AnyOf(XA_HEURRB, XA_HEURHAZ));
  EXPECT_EQ(tm.forget(xid), XA_OK);
}

/// What a process that died leaves to those who come after it.
struct Remains {
  Scenario scenario;
  bool by_operator;  ///< after the scenario the tool commits, and it is the tool that dies
  bool listed;       ///< by xa_recover
  bool committed;    ///< whatever the transaction manager decides
  int to_commit;
  int to_rollback;
};

const std::map<FailPoint, Remains>& catalogue() {
  static const std::map<FailPoint, Remains> all = {
      {FailPoint::kStartBegun, {work, false, false, false, XAER_NOTA, XAER_NOTA}},
      {FailPoint::kEndDone, {work, false, false, false, XAER_NOTA, XAER_NOTA}},
      {FailPoint::kPrepareRecordWritten, {prepare, false, false, false, XAER_NOTA, XA_OK}},
      {FailPoint::kPrepareAnswered, {prepare, false, true, false, XA_OK, XA_OK}},
      {FailPoint::kPrepareDurable, {prepare, false, true, false, XA_OK, XA_OK}},
      {FailPoint::kCommitRecordWritten, {commit, false, true, false, XA_OK, XA_OK}},
      {FailPoint::kCommitAnswered, {commit, false, false, true, XA_OK, XA_HEURCOM}},
      {FailPoint::kCommitDone, {commit, false, false, true, XAER_NOTA, XAER_NOTA}},
      {FailPoint::kRollbackRecordWritten, {roll_back, false, true, false, XA_OK, XA_OK}},
      {FailPoint::kRollbackAnswered, {roll_back, false, false, false, XA_HEURRB, XA_OK}},
      {FailPoint::kMarkWritten, {roll_back_unknown, false, false, false, XAER_NOTA, XAER_NOTA}},
      {FailPoint::kOnePhaseAnswered, {commit_one_phase, false, false, true, XAER_NOTA, XAER_NOTA}},
      {FailPoint::kForgetRecordWritten, {forget, false, false, false, XAER_NOTA, XAER_NOTA}},
      {FailPoint::kHeuristicRecordWritten, {prepare, true, true, true, XA_HEURCOM, XA_HEURCOM}},
      {FailPoint::kHeuristicActed, {prepare, true, true, true, XA_HEURCOM, XA_HEURCOM}},
  };
  return all;
}

enum class Finisher {
  kFreshProcess,  ///< starts after the death
  kThisProcess,   ///< had the resource open all the time; the dead one was its fork
};

using Parameters = std::tuple<FailPoint, ServerKind, Finisher>;

std::string point_name(FailPoint point) {
  return std::string(kFailPointNames.at(static_cast<std::size_t>(point)));
}

std::string name_of(const testing::TestParamInfo<Parameters>& info) {
  const auto& [point, kind, finisher] = info.param;
  return point_name(point) + "_" + support::name_of(kind) +
         (finisher == Finisher::kFreshProcess ? "_FreshProcess" : "_ThisProcess");
}

class CrashTest : public TmFixture, public testing::WithParamInterface<Parameters> {
 protected:
  CrashTest() : TmFixture(std::get<ServerKind>(GetParam())) {}

  void SetUp() override {
#ifndef XAODBC_FAIL_POINTS
    GTEST_SKIP() << "build with -DXAODBC_FAIL_POINTS=ON";
#endif
    ASSERT_TRUE(catalogue().contains(point_)) << "no scenario reaches " << point_name(point_);
  }

  [[nodiscard]] const Remains& remains() const { return catalogue().at(point_); }

  void die_at_fail_point() {
    const support::Environment environment = {{"XAODBC_FAIL_POINT", point_name(point_)}};
    const auto scenario = [this] {
      ASSERT_EQ(tm_.open(), XA_OK);
      remains().scenario(tm_, xid_, row_, server());
    };
    if (!remains().by_operator) {
      ASSERT_EQ(run_in_child(scenario, environment), killed_by(SIGKILL));
      return;
    }
    ASSERT_EQ(run_in_child(scenario), exited(0));
    const auto tool =
        support::run_program({XAODBC_TOOL_PATH, "commit", "accounts", support::text_of(xid_),
                              "--reason", "the transaction manager is gone", "--yes"},
                             environment);
    ASSERT_EQ(tool.ending, killed_by(SIGKILL)) << tool.output;
  }

  void decide(Decision decision) {
    ASSERT_EQ(tm_.open(), XA_OK);
    EXPECT_EQ(tm_.recover(), remains().listed ? xids({xid_}) : Xids{});
    const bool commits = decision == Decision::kCommit;
    const auto answer = commits ? tm_.commit(xid_) : tm_.rollback(xid_);
    EXPECT_EQ(answer, commits ? remains().to_commit : remains().to_rollback);
    repeat(commits, answer.code);
    EXPECT_EQ(tm_.recover(), Xids{});
  }

  /// A transaction manager that lost the answer asks again.
  void repeat(bool commits, int answered) {
    const auto again = [&] { return commits ? tm_.commit(xid_) : tm_.rollback(xid_); };
    if (answered == XA_HEURCOM || answered == XA_HEURRB) {
      EXPECT_EQ(again(), answered);
      EXPECT_EQ(tm_.recover(), xids({xid_}));
      EXPECT_EQ(tm_.forget(xid_), XA_OK);
      EXPECT_EQ(tm_.forget(xid_), XAER_NOTA);
    }
    EXPECT_THAT(again(), AnyOf(XA_OK, XAER_NOTA));
  }

  void die_and_decide(Decision decision) {
    const auto finisher = std::get<Finisher>(GetParam());
    if (finisher == Finisher::kThisProcess) {
      ASSERT_EQ(tm_.open(), XA_OK);
    }
    ASSERT_NO_FATAL_FAILURE(die_at_fail_point());
    if (finisher == Finisher::kThisProcess) {
      decide(decision);
    } else {
      EXPECT_EQ(run_in_child([&] { decide(decision); }), exited(0));
    }
    const bool committed_now = remains().listed && decision == Decision::kCommit;
    EXPECT_EQ(has_row(row_), remains().committed || committed_now);
  }

  const FailPoint point_ = std::get<FailPoint>(GetParam());
};

TEST_P(CrashTest, CommitFindsWhatIsTrue) { die_and_decide(Decision::kCommit); }
TEST_P(CrashTest, RollbackFindsWhatIsTrue) { die_and_decide(Decision::kRollback); }

std::vector<FailPoint> every_fail_point() {
  std::vector<FailPoint> points;
  for (std::size_t i = 0; i < kFailPointNames.size(); ++i) {
    points.push_back(static_cast<FailPoint>(i));
  }
  return points;
}

INSTANTIATE_TEST_SUITE_P(All, CrashTest,
                         testing::Combine(testing::ValuesIn(every_fail_point()),
                                          testing::ValuesIn(support::kDatabaseKinds),
                                          testing::Values(Finisher::kFreshProcess,
                                                          Finisher::kThisProcess)),
                         name_of);

class ProcessDeathTest : public TmTest {};
XAODBC_ON_ALL_DATABASES(ProcessDeathTest);

/// Transaction managers of LIXA's and Enduro/X's kind do not scan: they decide straight away.
TEST_P(ProcessDeathTest, RollbackWithoutAScanEndsABranchThatDiedBeforePrepare) {
#ifndef XAODBC_FAIL_POINTS
  GTEST_SKIP() << "build with -DXAODBC_FAIL_POINTS=ON";
#endif
  ASSERT_EQ(run_in_child(
                [&] {
                  ASSERT_EQ(tm_.open(), XA_OK);
                  xaodbc::prepare(tm_, xid_, row_);
                },
                {{"XAODBC_FAIL_POINT", "prepare_record_written"}}),
            killed_by(SIGKILL));
  ASSERT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XAER_NOTA);
  EXPECT_FALSE(has_row(row_));
}

TEST_P(ProcessDeathTest, AnotherProcessFinishesTwentyBranches) {
  constexpr std::size_t kBranches = 20;
  std::vector<XID> list(kBranches);
  std::vector<std::string> rows(kBranches);
  std::ranges::generate(list, new_xid);
  std::ranges::generate(rows, new_row);
  const auto commits = [](std::size_t i) { return i % 3 != 0; };

  ASSERT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              for (std::size_t i = 0; i < kBranches; ++i) xaodbc::prepare(tm_, list[i], rows[i]);
              if (!HasFailure()) std::raise(SIGKILL);
            }),
            killed_by(SIGKILL));

  EXPECT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              EXPECT_EQ(tm_.recover(), xids(list));
              for (std::size_t i = 0; i < kBranches; ++i) {
                EXPECT_EQ(commits(i) ? tm_.commit(list[i]) : tm_.rollback(list[i]), XA_OK);
              }
            }),
            exited(0));
  for (std::size_t i = 0; i < kBranches; ++i) EXPECT_EQ(has_row(rows[i]), commits(i)) << i;
}

}  // namespace
}  // namespace xaodbc

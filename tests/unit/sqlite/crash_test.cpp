#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

/// What another process finds when one died in the middle.
class CrashTest : public SqliteTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
#ifndef XAODBC_FAIL_POINTS
    GTEST_SKIP() << "build with -DXAODBC_FAIL_POINTS=ON";
#endif
    make(
        "CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES(1), (2);"
        "CREATE TABLE t(id INTEGER PRIMARY KEY, p REFERENCES p); INSERT INTO t VALUES(1, 1)");
  }
  /// Dies at `moment`, wherever that is.
  void die(const char* moment, const std::string& last_verb) {
    const auto work = [&] {
      Database database(file());
      database.call("xaodbc_start", "g");
      database.run("DELETE FROM t; INSERT INTO t VALUES(2, 2)");
      if (last_verb == "xaodbc_commit") database.call("xaodbc_prepare", "g");
      database.call(last_verb, "g");
    };
    EXPECT_EQ(support::run_in_child(work, {{"XAODBC_SQLITE_MOMENT", moment}}),
              support::killed_by(SIGKILL));
  }
  std::string rows() { return ask("SELECT * FROM t"); }
  static constexpr const char* kOld = "1|1";
  static constexpr const char* kNew = "2|2";
};

using BeforeThePromise = CrashTest;
INSTANTIATE_TEST_SUITE_P(Moment, BeforeThePromise,
                         testing::Values("started", "undone", "fenced", "stored", "tried",
                                         "prepare_ready"),
                         [](const auto& of) { return std::string(of.param); });

TEST_P(BeforeThePromise, TheBranchIsRolledBack) {
  die(GetParam(), "xaodbc_prepare");
  EXPECT_EQ(in_doubt(), "");
  EXPECT_EQ(rows(), kOld);
  EXPECT_EQ(commit(), "unknown");
  EXPECT_EQ(rows(), kOld);
  expect_clean();
}

TEST_F(CrashTest, AfterThePromiseEitherDecisionIsCarriedOut) {
  for (const bool committed : {true, false}) {
    die("prepare_done", "xaodbc_prepare");
    EXPECT_EQ(in_doubt(), "'g'");
    EXPECT_EQ(rows(), kOld);
    EXPECT_EQ(committed ? commit() : roll_back(), committed ? "committed" : "rolled back");
    EXPECT_EQ(rows(), committed ? kNew : kOld);
    expect_clean();
    EXPECT_EQ(run("DELETE FROM t; INSERT INTO t VALUES(1, 1)"), "");
  }
}

TEST_F(CrashTest, InTheMiddleOfADecisionItIsStillInDoubt) {
  for (const bool committed : {true, false}) {
    die("decision_applied", "xaodbc_commit");
    EXPECT_EQ(in_doubt(), "'g'");
    EXPECT_EQ(rows(), kOld);
    EXPECT_EQ(committed ? commit() : roll_back(), committed ? "committed" : "rolled back");
    EXPECT_EQ(rows(), committed ? kNew : kOld);
    EXPECT_EQ(run("DELETE FROM t; INSERT INTO t VALUES(1, 1)"), "");
  }
}

TEST_F(CrashTest, AfterADecisionItIsDone) {
  die("decision_done", "xaodbc_commit");
  EXPECT_EQ(in_doubt(), "");
  EXPECT_EQ(rows(), kNew);
  EXPECT_EQ(commit(), "unknown");
  expect_clean();
}

TEST_F(CrashTest, AfterACommitInOnePhaseItIsDone) {
  die("one_phase_done", "xaodbc_commit_one_phase");
  EXPECT_EQ(rows(), kNew);
  EXPECT_EQ(commit(), "unknown");
}

/// The trial is what stands between a bug of ours and a promise that cannot be kept.
TEST_F(CrashTest, ImagesThatAreNotExactAreFoundByTheTrial) {
  make("CREATE TABLE r(id INTEGER PRIMARY KEY, a); INSERT INTO r VALUES(1, 2.0)");
  const auto work = [&] {
    EXPECT_THAT(vote("UPDATE r SET a = 3.0"), HasSubstr("no longer a row that the branch changed"));
    EXPECT_THAT(vote("INSERT INTO r VALUES(2, 3.0)"), HasSubstr("does not take a row"));
  };
  EXPECT_EQ(support::run_in_child(work, {{"XAODBC_SQLITE_MUTANT", "lossy_images"}}),
            support::exited(0));
  EXPECT_EQ(in_doubt(), "");
}

}  // namespace
}  // namespace xaodbc::sqlite

#include <string>

#include "tests/integration/before_connect.h"
#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

/// xa_recover and the tool at the same moment.
class ScanBesideAnOperatorTest : public TmTest {
 protected:
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }
  void TearDown() override {
    before_connect = nullptr;
    TmTest::TearDown();
  }

  void prepare_in_a_process_that_ends() {
    ASSERT_EQ(run_in_child([&] {
                ASSERT_EQ(tm_.open(), XA_OK);
                prepare(tm_, xid_, row_);
              }),
              exited(0));
  }
  void commit_as_operator() {
    const auto finished =
        support::run_program({XAODBC_TOOL_PATH, "commit", "accounts", support::text_of(xid_),
                              "--reason", "cannot wait", "--yes"});
    EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  }
};
INSTANTIATE_TEST_SUITE_P(All, ScanBesideAnOperatorTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& instance) { return support::name_of(instance.param); });

// The scan connects to take the server's list, after its first look into the log.
TEST_P(ScanBesideAnOperatorTest, BranchThatIsFinishedMeanwhileIsListed) {
  ASSERT_NO_FATAL_FAILURE(prepare_in_a_process_that_ends());
  bool acted = false;
  before_connect = [&](bool /*asks_back*/) {
    before_connect = nullptr;  // once
    commit_as_operator();
    acted = true;
  };
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_TRUE(acted);
  EXPECT_EQ(tm_.commit(xid_), XA_HEURCOM);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

#ifdef XAODBC_FAIL_POINTS

// Of that branch the log says only that it was about to be prepared. The scan connects to ask for
// its session, and then to take the list.
TEST_P(ScanBesideAnOperatorTest, DecisionStandsThoughTheScanTakesTheBranchForAbandoned) {
  ASSERT_EQ(run_in_child(
                [&] {
                  ASSERT_EQ(tm_.open(), XA_OK);
                  prepare(tm_, xid_, row_);
                },
                {{"XAODBC_FAIL_POINT", "prepare_answered"}}),
            killed_by(SIGKILL));
  int connected = 0;
  before_connect = [&](bool /*asks_back*/) {
    if (++connected < 2) return;
    before_connect = nullptr;
    commit_as_operator();
  };
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(connected, 2);
  EXPECT_EQ(tm_.commit(xid_), XA_HEURCOM);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

#endif

}  // namespace
}  // namespace xaodbc

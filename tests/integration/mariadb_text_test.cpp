#include "odbc/dialects/mariadb_xid.h"
#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

/// The application ends its branch by XA statements as SQL text, which MariaDB allows, and may go
/// on with work of its own.
struct Afterwards {
  std::string name;
  std::vector<std::string> statements;
};

class XaTextTest : public TmFixture, public testing::WithParamInterface<Afterwards> {
 protected:
  XaTextTest() : TmFixture(ServerKind::kMariadb) {}
  void SetUp() override {
    ASSERT_EQ(tm_.open(), XA_OK);
    begin(tm_, xid_, row_);
    const std::string name = odbc::to_mariadb(Xid::parse(support::text_of(xid_)).value());
    tm_.execute("XA END " + name);
    tm_.execute("XA COMMIT " + name + " ONE PHASE");
    for (const auto& statement : GetParam().statements) tm_.execute(statement);
    ASSERT_EQ(tm_.end(xid_), XA_OK);
  }
  void expect_hazard_until_forgotten() {
    EXPECT_EQ(tm_.recover(), xids({xid_}));
    EXPECT_EQ(tm_.rollback(xid_), XA_HEURHAZ);
    EXPECT_EQ(tm_.forget(xid_), XA_OK);
    EXPECT_EQ(tm_.recover(), Xids{});
    EXPECT_TRUE(has_row(row_));
    expect_new_work();
  }
};

INSTANTIATE_TEST_SUITE_P(
    And, XaTextTest,
    testing::Values(Afterwards{"Nothing", {}}, Afterwards{"BeginsABranch", {"XA START 'another'"}},
                    Afterwards{"BeginsATransaction",
                               {"BEGIN", "INSERT INTO ledger VALUES (-1, 1)"}}),
    [](const auto& instance) { return instance.param.name; });

TEST_P(XaTextTest, RollbackIsAHazard) {
  EXPECT_EQ(tm_.rollback(xid_), XA_HEURHAZ);
  expect_hazard_until_forgotten();
}

TEST_P(XaTextTest, PrepareNeverVotes) {
  EXPECT_EQ(tm_.prepare(xid_), XAER_RMERR);
  expect_hazard_until_forgotten();
}

TEST_P(XaTextTest, OnePhaseCommitIsAHazard) {
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_HEURHAZ);
  expect_hazard_until_forgotten();
}

}  // namespace
}  // namespace xaodbc

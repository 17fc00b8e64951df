#include <memory>

#include "tests/integration/tm_kit.h"
#include "tests/support/remote_tm.h"

namespace xaodbc {
namespace {

using support::RemoteTm;
using support::ServerOptions;

/// A resource that leads to another server than when the branch was prepared: somebody changed
/// odbc.ini, or a name service.
class OtherServerTest : public TmTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(tm_.open(), XA_OK);
    prepare(tm_, xid_, row_);
    lead_astray();
    ASSERT_EQ(astray_.open(), XA_OK);
  }
  /// Two PostgreSQL of one template would have the same identity, two databases have not.
  void lead_astray() {
    if (on_mariadb()) {
      other_ = std::make_unique<PrivateServer>(GetParam(), ServerOptions{.durable = false});
      return config_.add_resource("accounts", *other_);
    }
    config_.add_resource(
        "accounts", {{"connection", server_.connection(support::Transport::kSocket, "postgres")}});
  }

  std::unique_ptr<PrivateServer> other_;
  RemoteTm astray_;
};
XAODBC_ON_BOTH_DATABASES(OtherServerTest);

TEST_P(OtherServerTest, NothingIsConcludedFromItsNotBeingListedThere) {
  EXPECT_EQ(astray_.prepare(xid_), XAER_RMFAIL);
  const auto answer = astray_.commit(xid_);
  EXPECT_EQ(answer, XA_RETRY);
  EXPECT_THAT(answer.why, testing::HasSubstr("let it lead there again"));
  EXPECT_EQ(astray_.rollback(xid_), XAER_RMFAIL);
  for (const auto type : {log::RecordType::kCommitting, log::RecordType::kRollingBack,
                          log::RecordType::kDone, log::RecordType::kHeuristic}) {
    EXPECT_EQ(recorded(config_.log_directory(), "accounts", xid_, type), 0);
  }
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc

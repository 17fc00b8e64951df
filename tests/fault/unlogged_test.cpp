#include <future>

#include "tests/fault/network_kit.h"

namespace xaodbc {
namespace {

/// A branch that another host prepared, or whose log was lost: the server lists it, the log of the
/// process that finishes it does not.
class UnloggedTest : public TmFixture {
 protected:
  UnloggedTest() : TmFixture(ServerKind::kPostgresql), proxy_(server_) {
    config_.add_resource("accounts", {{"connection", server_.connection_through(proxy_.port())}});
  }
  void SetUp() override {
    ASSERT_EQ(tm_.open(), XA_OK);
    prepare(tm_, xid_, row_);
    config_.set("log", (config_.directory() / "another").string());
    ASSERT_EQ(without_log_.open(), XA_OK);
  }

  RemoteTm without_log_;
  support::FaultProxy proxy_;
};

TEST_F(UnloggedTest, CommitWhoseAnswerIsLostIsNotForgotten) {
  proxy_.hold({.text = "COMMIT PREPARED"}, {.part = support::Position::Part::kAnswer, .bytes = 0});
  auto network = std::async(std::launch::async, [this] {
    proxy_.await_held();
    proxy_.cut();
  });
  EXPECT_EQ(without_log_.commit(xid_), XA_OK);
  network.get();
  EXPECT_TRUE(has_row(row_));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_F(UnloggedTest, RollbackIsCarriedOutAndRecorded) {
  EXPECT_EQ(without_log_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  EXPECT_THAT(live_in_log(config_.directory() / "another"), IsEmpty());
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

}  // namespace
}  // namespace xaodbc

#include <future>
#include <thread>

#include "tests/fault/network_kit.h"

namespace xaodbc {
namespace {

/// xa_prepare was not answered, and the bridge has begun to roll the branch back by itself when the
/// transaction manager asks again.
class RepeatedVoteTest : public TmFixture {
 protected:
  RepeatedVoteTest() : TmFixture(ServerKind::kPostgresql), proxy_(server_) {
    config_.add_resource("accounts", {{"connection", server_.connection_through(proxy_.port())}});
    config_.set("verb_timeout", "2");
  }
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  /// Prepared on the server, which is out of reach afterwards.
  void lose_the_answer() {
    begin_and_end(tm_, xid_, row_);
    proxy_.hold({.text = "PREPARE TRANSACTION"},
                {.part = support::Position::Part::kAnswer, .bytes = 0});
    auto network = std::async(std::launch::async, [this] {
      proxy_.await_held();
      proxy_.go_away();
      proxy_.cut();
    });
    ASSERT_EQ(tm_.prepare(xid_), XAER_RMFAIL);
    network.get();
  }

  /// The record that a process writes which finds the branch prepared and promises it.
  void confirm_as_another_process() {
    const auto log =
        log::BranchLog::open({.directory = config_.log_directory()}, posix_files()).value();
    const auto xid = Xid::parse(support::text_of(xid_)).value();
    log::Record record = log->find("accounts", xid).value().value().records.front();
    ASSERT_TRUE(log->append(record));
  }

  support::FaultProxy proxy_;
};

TEST_F(RepeatedVoteTest, PromisesNothingWhileARollbackIsUnderWay) {
  lose_the_answer();
  proxy_.hold({.text = "ROLLBACK PREPARED"}, {.part = support::Position::Part::kRequest});
  proxy_.come_back();
  proxy_.await_held();
  EXPECT_THAT(tm_.prepare(xid_), AnyOf(XAER_RMFAIL, IsRolledBack()));
  proxy_.pass_on();
  proxy_.await_reaction();
  EXPECT_THAT(tm_.rollback(xid_), AnyOf(XA_OK, XAER_NOTA));
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(tm_.recover(), Xids{});
}

/// A process in another container that shares the log has confirmed the vote; its pid may be ours.
TEST_F(RepeatedVoteTest, VoteConfirmedByAProcessWithTheSamePidIsKept) {
  lose_the_answer();
  confirm_as_another_process();
  proxy_.come_back();
  const auto log = config_.log_directory();
  while (recorded(log, "accounts", xid_, log::RecordType::kRollingBack) == 0) {
    std::this_thread::yield();
  }
  // Whoever has begun to roll it back holds the branch until that is over.
  EXPECT_EQ(tm_.start(xid_, TMJOIN), XAER_PROTO);
  EXPECT_EQ(prepared_on(server_).size(), 1);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc

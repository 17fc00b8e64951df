#include <chrono>
#include <functional>
#include <thread>
#include <tuple>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using support::XaAnswer;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

/// What is promised beyond verb_timeout.
constexpr Milliseconds kGrace{1000};

enum class Outage {
  kPaused,   ///< SIGSTOP: connections stand, nobody answers
  kStopped,  ///< shut down: connections are closed, new ones refused
};

using Parameters = std::tuple<ServerKind, Outage>;

std::string name_of(const testing::TestParamInfo<Parameters>& info) {
  return support::name_of(std::get<ServerKind>(info.param)) +
         (std::get<Outage>(info.param) == Outage::kPaused ? "Paused" : "Stopped");
}

/// What each verb answers, and when, while the server does not; and that all is well afterwards.
class TimeoutsTest : public TmFixture, public testing::WithParamInterface<Parameters> {
 protected:
  TimeoutsTest() : TmFixture(std::get<ServerKind>(GetParam())) {}
  void SetUp() override { open_with_timeout(1); }
  void TearDown() override {
    if (out_) end_outage();
    TmFixture::TearDown();
  }

  void open_with_timeout(int seconds) {
    ASSERT_EQ(tm_.close(), XA_OK);
    verb_timeout_ = std::chrono::seconds(seconds);
    config_.set("verb_timeout", std::to_string(seconds));
    ASSERT_EQ(tm_.open(), XA_OK);
  }

  void begin_outage() {
    out_ = true;
    std::get<Outage>(GetParam()) == Outage::kPaused ? server().pause() : server().stop();
  }
  void end_outage() {
    out_ = false;
    std::get<Outage>(GetParam()) == Outage::kPaused ? server().resume() : server().start();
  }

  /// The answer, which must come in time.
  XaAnswer in_time(const std::function<XaAnswer()>& verb) const {
    const auto begin = Clock::now();
    const XaAnswer answer = verb();
    const auto taken = std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
    EXPECT_LT(taken.count(), (verb_timeout_ + kGrace).count()) << testing::PrintToString(answer);
    return answer;
  }

  Milliseconds verb_timeout_{};

 private:
  bool out_ = false;
};
INSTANTIATE_TEST_SUITE_P(All, TimeoutsTest,
                         testing::Combine(testing::Values(ServerKind::kPostgresql,
                                                          ServerKind::kMariadb),
                                          testing::Values(Outage::kPaused, Outage::kStopped)),
                         name_of);

TEST_P(TimeoutsTest, OpenSaysThatTheDatabaseCannotBeReached) {
  EXPECT_EQ(tm_.close(), XA_OK);
  begin_outage();
  EXPECT_EQ(in_time([&] { return tm_.open(); }), XAER_RMERR);
  end_outage();
  EXPECT_EQ(tm_.open(), XA_OK);
  expect_new_work();
}

TEST_P(TimeoutsTest, OpenOfASecondRmidReallyReachesTheDatabase) {
  Tm second("accounts", new_rmid());
  begin_outage();
  EXPECT_EQ(in_time([&] { return second.open(); }), XAER_RMERR);
  end_outage();
  EXPECT_EQ(second.open(), XA_OK);
  EXPECT_EQ(second.close(), XA_OK);
}

TEST_P(TimeoutsTest, StartFails) {
  begin_outage();
  // PostgreSQL's xa_start sends nothing on a connection that was heard of just now.
  if (!on_mariadb()) std::this_thread::sleep_for(Milliseconds(101));
  EXPECT_EQ(in_time([&] { return tm_.start(xid_); }), XAER_RMFAIL);
  EXPECT_EQ(tm_.connection(), nullptr);
  end_outage();
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  insert(tm_, row_);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(TimeoutsTest, EndNeedsNoServer) {
  begin(tm_, xid_, row_);
  begin_outage();
  EXPECT_EQ(in_time([&] { return tm_.end(xid_); }), XA_OK);
  EXPECT_THAT(in_time([&] { return tm_.rollback(xid_); }), AnyOf(XA_OK, XAER_RMFAIL));
  end_outage();
  EXPECT_THAT(tm_.rollback(xid_), AnyOf(XA_OK, XAER_NOTA));
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

TEST_P(TimeoutsTest, PrepareWithoutAnAnswerNeverVotesOkAndIsRolledBackAfterwards) {
  begin_and_end(tm_, xid_, row_);
  begin_outage();
  EXPECT_THAT(in_time([&] { return tm_.prepare(xid_); }), AnyOf(XAER_RMFAIL, IsRolledBack()));
  EXPECT_THAT(in_time([&] { return tm_.rollback(xid_); }), AnyOf(XAER_RMFAIL, XAER_NOTA));
  end_outage();
  EXPECT_THAT(tm_.rollback(xid_), AnyOf(XA_OK, XAER_NOTA));
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

/// Enduro/X with NOSTARTXID calls nothing more for a branch whose prepare failed.
TEST_P(TimeoutsTest, PrepareWithoutAnAnswerThatNobodyAsksAboutIsRolledBack) {
  begin_and_end(tm_, xid_, row_);
  begin_outage();
  const auto answer = in_time([&] { return tm_.prepare(xid_); });
  EXPECT_THAT(answer, AnyOf(XAER_RMFAIL, IsRolledBack()));
  end_outage();
  const auto give_up = Clock::now() + std::chrono::seconds(30);
  while (!live_in_log(config_.log_directory()).empty() && Clock::now() < give_up) {
    std::this_thread::sleep_for(Milliseconds(50));
  }
  EXPECT_THAT(prepared_on(server()), IsEmpty());
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(tm_.rollback(xid_), answer == XAER_RMFAIL ? XA_OK : XAER_NOTA);
}

/// Enduro/X with RECON repeats the verb: XA_OK only if the branch is prepared and can be committed.
TEST_P(TimeoutsTest, PrepareRepeatedAfterwardsTellsWhatBecameOfIt) {
  begin_and_end(tm_, xid_, row_);
  begin_outage();
  const auto first = in_time([&] { return tm_.prepare(xid_); });
  EXPECT_THAT(first, AnyOf(XAER_RMFAIL, IsRolledBack()));
  end_outage();
  const auto second = tm_.prepare(xid_);
  if (second == XA_OK) {
    EXPECT_EQ(first, XAER_RMFAIL);
    EXPECT_EQ(tm_.commit(xid_), XA_OK);
  } else {
    EXPECT_THAT(second, AnyOf(XAER_NOTA, IsRolledBack()));
  }
  EXPECT_EQ(has_row(row_), second == XA_OK);
  EXPECT_EQ(tm_.recover(), Xids{});
}

TEST_P(TimeoutsTest, CommitStaysOpenAndSucceedsAfterwards) {
  prepare(tm_, xid_, row_);
  begin_outage();
  EXPECT_THAT(in_time([&] { return tm_.commit(xid_); }), AnyOf(XA_RETRY, XAER_RMFAIL));
  EXPECT_THAT(in_time([&] { return tm_.commit(xid_); }), AnyOf(XA_RETRY, XAER_RMFAIL));
  end_outage();
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  expect_new_work();
}

TEST_P(TimeoutsTest, RollbackStaysOpenAndSucceedsAfterwards) {
  prepare(tm_, xid_, row_);
  begin_outage();
  EXPECT_EQ(in_time([&] { return tm_.rollback(xid_); }), XAER_RMFAIL);
  end_outage();
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

TEST_P(TimeoutsTest, OnePhaseWithoutAnAnswerIsNeitherCommittedNorRolledBack) {
  begin_and_end(tm_, xid_, row_);
  begin_outage();
  EXPECT_EQ(in_time([&] { return tm_.commit_one_phase(xid_); }), XAER_RMFAIL);
  end_outage();
  EXPECT_THAT(tm_.commit_one_phase(xid_), AnyOf(XAER_NOTA, XAER_RMFAIL));
  static_cast<void>(has_row(row_));  // either, but nobody may hold it
  EXPECT_EQ(tm_.recover(), Xids{});
  expect_new_work();
}

TEST_P(TimeoutsTest, ScanIsAnErrorNotAShorterList) {
  prepare(tm_, xid_, row_);
  begin_outage();
  EXPECT_EQ(in_time([&] { return tm_.recover_once(TMSTARTRSCAN | TMENDRSCAN); }), XAER_RMFAIL);
  end_outage();
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_P(TimeoutsTest, CloseKeepsWhatIsPrepared) {
  prepare(tm_, xid_, row_);
  begin_outage();
  EXPECT_EQ(in_time([&] { return tm_.close(); }), XA_OK);
  end_outage();
  ASSERT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(TimeoutsTest, CloseOfAnIdleResourceDoesNotWait) {
  begin_outage();
  EXPECT_EQ(in_time([&] { return tm_.close(); }), XA_OK);
  end_outage();
  ASSERT_EQ(tm_.open(), XA_OK);
  expect_new_work();
}

/// No lock of the bridge is held while one server is waited for (I9).
TEST_P(TimeoutsTest, ResourceOnAHealthyServerIsServedMeanwhile) {
  open_with_timeout(3);
  auto& healthy =
      support::shared_server(on_mariadb() ? ServerKind::kPostgresql : ServerKind::kMariadb);
  config_.add_resource("orders", healthy);
  Tm orders("orders", new_rmid());
  prepare(tm_, xid_, row_);
  begin_outage();
  std::thread waiting([&] {
    Tm other_thread("accounts", new_rmid());
    EXPECT_EQ(in_time([&] { return other_thread.open(); }), XAER_RMERR);
  });
  std::thread serving([&] {
    ASSERT_EQ(orders.open(), XA_OK);
    const auto begin_of_all = Clock::now();
    do {
      const auto begin_of_one = Clock::now();
      const XID xid = new_xid();
      ASSERT_NO_FATAL_FAILURE(prepare(orders, xid, new_row()));
      ASSERT_EQ(orders.commit(xid), XA_OK);
      EXPECT_LT(Clock::now() - begin_of_one, verb_timeout_ / 2);
    } while (Clock::now() - begin_of_all < verb_timeout_ / 2);
  });
  EXPECT_THAT(in_time([&] { return tm_.commit(xid_); }), AnyOf(XA_RETRY, XAER_RMFAIL));
  waiting.join();
  serving.join();
  end_outage();
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

}  // namespace
}  // namespace xaodbc

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"

namespace xaodbc {
namespace {

using support::XaAnswer;
using Clock = std::chrono::steady_clock;

/// verb_timeout is half a minute; nothing that waits for a lock of a call that is stuck would be
/// served in this time.
constexpr std::chrono::seconds kAtOnce{5};

/// A verb that waits for a server, and what brings a branch to where it may be called.
struct Stuck {
  std::string name;
  enum class Before { kNothing, kIdle, kPrepared } before = Before::kNothing;
  std::function<XaAnswer(Tm&, const XID&)> call;
};

const Stuck kStart{"Start", Stuck::Before::kNothing,
                   [](Tm& tm, const XID& xid) { return tm.start(xid); }};
const Stuck kPrepare{"Prepare", Stuck::Before::kIdle,
                     [](Tm& tm, const XID& xid) { return tm.prepare(xid); }};
const Stuck kOnePhase{"OnePhase", Stuck::Before::kIdle,
                      [](Tm& tm, const XID& xid) { return tm.commit_one_phase(xid); }};
const Stuck kRollbackIdle{"RollbackIdle", Stuck::Before::kIdle,
                          [](Tm& tm, const XID& xid) { return tm.rollback(xid); }};
const Stuck kCommit{"Commit", Stuck::Before::kPrepared,
                    [](Tm& tm, const XID& xid) { return tm.commit(xid); }};
const Stuck kRollback{"Rollback", Stuck::Before::kPrepared,
                      [](Tm& tm, const XID& xid) { return tm.rollback(xid); }};
const Stuck kElsewhere{"CommitOfAnUnknownBranch", Stuck::Before::kNothing,
                       [](Tm& tm, const XID&) { return tm.commit(new_xid()); }};
const Stuck kRecover{"Recover", Stuck::Before::kNothing,
                     [](Tm& tm, const XID&) { return tm.recover_once(TMSTARTRSCAN | TMENDRSCAN); }};
const Stuck kOpen{"Open", Stuck::Before::kNothing, [](Tm& tm, const XID&) {
                    Tm again("accounts", new_rmid());
                    const auto answer = again.open();
                    EXPECT_EQ(again.close(), XA_OK);
                    return tm.rmid() >= 0 ? answer : XaAnswer{};
                  }};

/// One thread is stuck in a verb, another one works.
class Locks : public TmFixture {
 protected:
  /// With the filter xa_start sends nothing on a connection that was heard of just now.
  explicit Locks(ServerKind kind) : TmFixture(kind) {
    config_.add_resource("accounts", {{"filter", "off"}});
  }

  void TearDown() override {
    stuck_.end();
    working_.end();
    TmFixture::TearDown();
  }

  void bring_to(Stuck::Before before) {
    if (before == Stuck::Before::kNothing) return;
    before == Stuck::Before::kIdle ? begin_and_end(tm_, xid_, row_) : prepare(tm_, xid_, row_);
  }
  void at_once(const std::function<void()>& what) {
    const auto begin = Clock::now();
    what();
    EXPECT_LT(Clock::now() - begin, kAtOnce);
  }

  /// Every verb, on that resource.
  void expect_everything_served(Tm& tm) {
    at_once([&] { EXPECT_EQ(tm.open(), XA_OK); });
    for (int round = 0; round < 3; ++round) {
      const XID xid = new_xid();
      at_once([&] { ASSERT_EQ(tm.start(xid), XA_OK); });
      at_once([&] { EXPECT_NE(tm.connection(), nullptr); });
      at_once([&] { insert(tm, new_row()); });
      at_once([&] { EXPECT_EQ(tm.end(xid, TMSUSPEND), XA_OK); });
      at_once([&] { EXPECT_EQ(tm.start(xid, TMRESUME), XA_OK); });
      at_once([&] { EXPECT_EQ(tm.end(xid), XA_OK); });
      at_once([&] { EXPECT_EQ(tm.prepare(xid), XA_OK); });
      at_once([&] { EXPECT_TRUE(tm.recover().contains(support::text_of(xid))); });
      at_once([&] { EXPECT_EQ(round == 0 ? tm.rollback(xid) : tm.commit(xid), XA_OK); });
      at_once([&] { EXPECT_EQ(tm.forget(xid), XAER_NOTA); });
      at_once([&] { EXPECT_STRNE(xaodbc_last_error(), ""); });
    }
    at_once([&] { EXPECT_EQ(tm.close(), XA_OK); });
  }

  /// The verb waits all the while, and is served when the server goes on.
  void expect_served_while_stuck(const Stuck& verb, Tm& other, const std::function<void()>& go_on) {
    std::promise<void> entered;
    auto answer = stuck_.begin([&] {
      entered.set_value();
      return verb.call(tm_, xid_);
    });
    entered.get_future().wait();
    working_.run([&] { expect_everything_served(other); });
    EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout)
        << "was not stuck";
    go_on();
    code_ = answer.get().code;
  }

  void finish(const Stuck& verb) {
    EXPECT_THAT(code_, testing::AnyOf(XA_OK, XAER_NOTA)) << verb.name;
    stuck_.run([&] {
      if (verb.name == "Start") {
        EXPECT_EQ(tm_.end(xid_), XA_OK);
      }
      if (verb.name == "Start" || verb.name == "Prepare") {
        EXPECT_EQ(tm_.rollback(xid_), XA_OK);
      }
      EXPECT_EQ(tm_.close(), XA_OK);
    });
  }

  Worker stuck_;
  Worker working_;
  int code_ = 0;
};

/// The whole server is stopped; the other resource is on another one.
class StoppedServerTest : public Locks,
                          public testing::WithParamInterface<std::tuple<ServerKind, Stuck>> {
 protected:
  StoppedServerTest() : Locks(std::get<0>(GetParam())) {}
};
INSTANTIATE_TEST_SUITE_P(
    All, StoppedServerTest,
    testing::Combine(testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                     testing::Values(kStart, kPrepare, kOnePhase, kRollbackIdle, kCommit, kRollback,
                                     kElsewhere, kRecover, kOpen)),
    [](const auto& instance) {
      return support::name_of(std::get<0>(instance.param)) + std::get<1>(instance.param).name;
    });

TEST_P(StoppedServerTest, ResourceOnAnotherServerIsServed) {
  auto& healthy =
      support::shared_server(on_mariadb() ? ServerKind::kPostgresql : ServerKind::kMariadb);
  config_.add_resource("orders", healthy);
  Tm orders("orders", new_rmid());
  const Stuck& verb = std::get<1>(GetParam());
  stuck_.run([&] {
    ASSERT_EQ(tm_.open(), XA_OK);
    bring_to(verb.before);
  });
  server().pause();
  expect_served_while_stuck(verb, orders, [&] { server().resume(); });
  finish(verb);
}

/// Of one PostgreSQL server the process of one session is stopped: that of the branch, or that of
/// the connection which its thread gets.
class StoppedSessionTest : public Locks, public testing::WithParamInterface<Stuck> {
 protected:
  StoppedSessionTest() : Locks(ServerKind::kPostgresql) {}

  pid_t backend() {
    return static_cast<pid_t>(
        std::stol(tm_.execute("SELECT pg_backend_pid()").at(0).at(0).value()));
  }
  /// Of the connection that the thread has in the pool and gets again.
  pid_t backend_of_last_branch() {
    const XID xid = new_xid();
    EXPECT_EQ(tm_.start(xid), XA_OK);
    const pid_t pid = backend();
    EXPECT_EQ(tm_.end(xid), XA_OK);
    EXPECT_EQ(tm_.rollback(xid), XA_OK);
    return pid;
  }
};
INSTANTIATE_TEST_SUITE_P(All, StoppedSessionTest,
                         testing::Values(kStart, kPrepare, kOnePhase, kRollbackIdle, kCommit,
                                         kRollback),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(StoppedSessionTest, OtherBranchesOfTheSameResourceAreServed) {
  const Stuck& verb = GetParam();
  pid_t pid = 0;
  // The other thread has a connection of its own, which it gets again.
  Tm other("accounts", new_rmid());
  stuck_.run([&] {
    ASSERT_EQ(tm_.open(), XA_OK);
    pid = backend_of_last_branch();
    ASSERT_EQ(tm_.start(xid_), XA_OK);
    ASSERT_EQ(backend(), pid);
  });
  working_.run([&] {
    ASSERT_EQ(other.open(), XA_OK);
    const XID xid = new_xid();
    begin_and_end(other, xid, new_row());
    ASSERT_EQ(other.rollback(xid), XA_OK);
  });
  stuck_.run([&] {
    ASSERT_EQ(tm_.end(xid_), XA_OK);
    ASSERT_EQ(tm_.rollback(xid_), XA_OK);
    bring_to(verb.before);
  });
  ASSERT_EQ(::kill(pid, SIGSTOP), 0);
  expect_served_while_stuck(verb, other, [&] { ::kill(pid, SIGCONT); });
  finish(verb);
}

}  // namespace
}  // namespace xaodbc

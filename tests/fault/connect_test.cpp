#include "tests/fault/network_kit.h"

namespace xaodbc {
namespace {

/// So many exchanges until the library has a connection: the driver's own and its question who the
/// server is. That of MariaDB begins with the server's greeting.
constexpr std::size_t kOnPostgresql = 6;
constexpr std::size_t kOnMariadb = 8;

/// A fault in each exchange of a connection that a verb has to make.
class ConnectTest : public NetworkTest {
 protected:
  /// With the filter xa_start sends nothing on a connection that was heard of just now.
  ConnectTest() { config_.add_resource("accounts", {{"filter", "off"}}); }

  XaAnswer fail_in_connect(const std::function<XaAnswer()>& verb) {
    return fail_in({.number = fault().exchange}, verb);
  }
  [[nodiscard]] static bool fails() { return fault().failure != Failure::kDelay; }
  /// The verb is called again, first while the server is away, then when it is back.
  void repeat(const std::function<XaAnswer()>& verb, const Codes& failed, int succeeded) {
    if (aftermath().away) {
      const auto still_away = verb();
      EXPECT_THAT(failed, testing::Contains(code_of(still_away))) << still_away.why;
      come_back();
    }
    EXPECT_EQ(verb().code, succeeded);
  }
  void expect_to_fail(const std::function<XaAnswer()>& verb, const Codes& failed, int succeeded) {
    const auto answer = fail_in_connect(verb);
    if (!fails()) {
      EXPECT_EQ(answer.code, succeeded) << answer.why;
      return;
    }
    EXPECT_THAT(failed, testing::Contains(code_of(answer))) << answer.why;
    repeat(verb, failed, succeeded);
  }
};

bool is_possible(const NetworkCase& one) {
  const auto& [kind, fault, aftermath] = one;
  const bool on_mariadb = kind == ServerKind::kMariadb;
  if (fault.exchange >= (on_mariadb ? kOnMariadb : kOnPostgresql)) return false;
  const bool in_request = fault.position.part == support::Position::Part::kRequest;
  if (on_mariadb && fault.exchange == 0 && in_request) return false;
  if (fault.failure == Failure::kCut && !aftermath.away) return true;
  if (fault.exchange % 3 != 0) return false;
  return !aftermath.away || (fault.failure == Failure::kCut && fault.position.bytes == 0);
}

INSTANTIATE_TEST_SUITE_P(Connect, ConnectTest,
                         testing::ValuesIn(combine(connect_faults(kOnMariadb),
                                                   {
                                                       {.name = "ServerBack"},
                                                       {.name = "ServerAway", .away = true},
                                                   },
                                                   is_possible)),
                         name_of);

TEST_P(ConnectTest, OpenSaysThatTheDatabaseCannotBeReached) {
  EXPECT_EQ(tm_.close(), XA_OK);
  expect_to_fail([this] { return tm_.open(); }, {"XAER_RMERR"}, XA_OK);
  expect_new_work();
}

TEST_P(ConnectTest, StartBeginsNothing) {
  end_sessions(server());
  expect_to_fail([this] { return tm_.start(xid_); }, {"XAER_RMFAIL"}, XA_OK);
  insert(tm_, row_);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  expect_row(true);
}

TEST_P(ConnectTest, CommitStaysOpen) {
  prepare(tm_, xid_, row_);
  end_sessions(server());
  expect_to_fail([this] { return tm_.commit(xid_); }, {"XA_RETRY", "XAER_RMFAIL"}, XA_OK);
  EXPECT_EQ(tm_.recover(), Xids{});
  expect_row(true);
}

TEST_P(ConnectTest, RollbackStaysOpen) {
  prepare(tm_, xid_, row_);
  end_sessions(server());
  expect_to_fail([this] { return tm_.rollback(xid_); }, {"XAER_RMFAIL"}, XA_OK);
  EXPECT_EQ(tm_.recover(), Xids{});
  expect_row(false);
}

TEST_P(ConnectTest, ScanIsAnError) {
  prepare(tm_, xid_, row_);
  const auto scan = [this] { return tm_.recover_once(TMSTARTRSCAN | TMENDRSCAN); };
  expect_to_fail(scan, {"XAER_RMFAIL"}, 1);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  expect_row(true);
}

}  // namespace
}  // namespace xaodbc

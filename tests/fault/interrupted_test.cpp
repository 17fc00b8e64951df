#include "tests/fault/network_kit.h"

namespace xaodbc {
namespace {

/// An error packet of MariaDB's protocol, the answer to a command.
std::string query_interrupted() {
  using namespace std::string_literals;
  const std::string body = "\xff\x25\x05#70100Query execution was interrupted"s;
  std::string packet(1, static_cast<char>(body.size()));
  packet += "\0\0\x01"s;
  return packet += body;
}

/// KILL QUERY, by an administrator or by SQLCancel from another thread, that meets a statement of
/// the bridge when all of its work is done: the server then says that it was interrupted.
class InterruptedTest : public TmFixture {
 protected:
  InterruptedTest() : TmFixture(ServerKind::kMariadb), proxy_(server_) {
    config_.add_resource("accounts", {{"connection", server_.connection_through(proxy_.port())}});
  }
  void SetUp() override {
    ASSERT_EQ(tm_.open(), XA_OK);
    begin_and_end(tm_, xid_, row_);
  }

  /// In the place of the eleven bytes that say that the statement is done.
  XaAnswer interrupt_at_the_end(const std::string& text, const std::function<XaAnswer()>& verb) {
    proxy_.answer_instead({.text = text}, {.part = support::Position::Part::kAnswer, .bytes = -11},
                          query_interrupted(), support::FaultProxy::Afterwards::kGoesOn);
    return verb();
  }

  support::FaultProxy proxy_;
};

TEST_F(InterruptedTest, OnePhaseCommitThatIsDoneIsNotCalledRolledBack) {
  EXPECT_EQ(interrupt_at_the_end("ONE PHASE", [this] { return tm_.commit_one_phase(xid_); }),
            XAER_RMFAIL);
  EXPECT_TRUE(has_row(row_));
}

/// XA ROLLBACK of a prepared branch is answered before it is on disk.
TEST_F(InterruptedTest, PrepareThatIsDoneIsRolledBackForGood) {
  EXPECT_THAT(interrupt_at_the_end("XA PREPARE", [this] { return tm_.prepare(xid_); }),
              IsRolledBack());
  server().kill();
  server().start();
  EXPECT_THAT(prepared_on(server()), IsEmpty());
  EXPECT_FALSE(has_row(row_));
}

[[maybe_unused]] const bool kDurable = support::share_durable_servers();

}  // namespace
}  // namespace xaodbc

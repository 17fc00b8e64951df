#include "tests/fault/network_kit.h"

namespace xaodbc {
namespace {

/// An error message of PostgreSQL's protocol, of the severity that ends all its sessions.
std::string panic(const std::string& sqlstate) {
  using namespace std::string_literals;
  const std::string fields = "SPANIC\0VPANIC\0C"s + sqlstate + "\0MInput/output error\0\0"s;
  std::string message = "E";
  const auto length = static_cast<std::uint32_t>(fields.size() + 4);
  for (const int shift : {24, 16, 8, 0}) message += static_cast<char>((length >> shift) & 0xffU);
  return message + fields;
}

/// A server whose disk fails at the commit record tells the error, and dies: whether the record is
/// on the disk, only the server can say when it is back.
class PanicTest : public TmFixture, public testing::WithParamInterface<std::string> {
 protected:
  PanicTest() : TmFixture(ServerKind::kPostgresql), proxy_(server_) {
    config_.add_resource("accounts", {{"connection", server_.connection_through(proxy_.port())}});
  }
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  /// The answer of a verb whose statement the server has carried out, or has not.
  XaAnswer panic_in(const std::string& text, bool carried_out,
                    const std::function<XaAnswer()>& verb) {
    const auto part =
        carried_out ? support::Position::Part::kAnswer : support::Position::Part::kRequest;
    proxy_.answer_instead({.text = text}, {.part = part}, panic(GetParam()),
                          support::FaultProxy::Afterwards::kEnds);
    return verb();
  }

  support::FaultProxy proxy_;
};

INSTANTIATE_TEST_SUITE_P(Of, PanicTest, testing::Values("58030", "53100", "XX000"),
                         [](const auto& instance) { return "Sqlstate" + instance.param; });

TEST_P(PanicTest, AtPrepareIsNoVoteUntilTheServerSaysWhatIsPrepared) {
  for (const bool prepared : {true, false}) {
    const XID xid = new_xid();
    const std::string row = new_row();
    begin_and_end(tm_, xid, row);
    const auto answer =
        panic_in("PREPARE TRANSACTION", prepared, [this, &xid] { return tm_.prepare(xid); });
    if (!prepared) {
      EXPECT_THAT(answer, IsRolledBack());
      EXPECT_FALSE(has_row(row));
      continue;
    }
    ASSERT_EQ(answer, XA_OK) << answer.why;
    EXPECT_EQ(tm_.recover(), xids({xid}));
    EXPECT_EQ(tm_.commit(xid), XA_OK);
    EXPECT_TRUE(has_row(row));
  }
}

TEST_P(PanicTest, AtAOnePhaseCommitLeavesItsOutcomeUnknown) {
  for (const bool committed : {true, false}) {
    const XID xid = new_xid();
    const std::string row = new_row();
    begin_and_end(tm_, xid, row);
    EXPECT_EQ(panic_in(";COMMIT", committed, [this, &xid] { return tm_.commit_one_phase(xid); }),
              XAER_RMFAIL);
    EXPECT_EQ(has_row(row), committed);
  }
}

}  // namespace
}  // namespace xaodbc

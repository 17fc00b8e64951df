#include <nlohmann/json.hpp>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// A server whose clock shows another time than UTC, so that a time without its zone gives an age
/// of hours.
PrivateServer& server_of_newfoundland() {
  static PrivateServer server(ServerKind::kPostgresql,
                              {.durable = false, .variables = {"TimeZone=America/St_Johns"}});
  return server;
}

/// A branch that the log of this host does not know: only the server can tell how old it is.
class UnloggedAgeTest : public testing::Test {
 protected:
  void SetUp() override {
    odbc::make_ledger(server_);
    config_.add_resource("accounts", server_);
    const auto work = [this] {
      Tm tm;
      ASSERT_EQ(tm.open(), XA_OK);
      prepare(tm, xid_, new_row());
    };
    ASSERT_EQ(run_in_child(work), exited(0));
    config_.set("log", (config_.directory() / "lost").string());
  }
  void TearDown() override { roll_back_behind_our_back(server_); }

  static support::Finished scan(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {XAODBC_TOOL_PATH, "scan"});
    return support::run_program(more);
  }

  PrivateServer& server_ = server_of_newfoundland();
  support::ScratchConfig config_;
  const XID xid_ = new_xid();
};

TEST_F(UnloggedAgeTest, IsToldByAServerOfAnotherTimeZone) {
  const auto found = scan({"--json"});
  ASSERT_EQ(found.ending, exited(1)) << found.output;
  const auto branch = json::parse(found.output)["branches"].at(0);
  EXPECT_EQ(branch["state"], "unlogged");
  ASSERT_TRUE(branch["age_seconds"].is_number()) << branch;
  EXPECT_LT(branch["age_seconds"], 600);
  EXPECT_THAT(branch["server"]["prepared_at"], EndsWith("Z"));
  EXPECT_THAT(scan().output, Not(HasSubstr("?")));
}

TEST_F(UnloggedAgeTest, DecidesWhetherTheBranchIsOldEnough) {
  EXPECT_EQ(scan({"--older-than", "1h"}).ending, exited(0));
  EXPECT_EQ(scan({"--older-than", "0s"}).ending, exited(1));
}

}  // namespace
}  // namespace xaodbc

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/scratch_config.h"
#include "tests/support/shared_server.h"
#include "xaodbc/xaodbc.h"

namespace xaodbc {
namespace {

using support::ScratchConfig;
using support::ServerKind;
using support::shared_server;
using testing::HasSubstr;

constexpr int kRmid = 40;

int open(std::string info) { return xaodbc_switch.xa_open_entry(info.data(), kRmid, TMNOFLAGS); }
int close() { return xaodbc_switch.xa_close_entry(nullptr, kRmid, TMNOFLAGS); }

class OpenOnServerTest : public testing::TestWithParam<ServerKind> {};
INSTANTIATE_TEST_SUITE_P(All, OpenOnServerTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& kind) { return support::name_of(kind.param); });

TEST_P(OpenOnServerTest, DynamicSwitchWithoutATransactionManagersFunctionsSaysWhatIsMissing) {
  ScratchConfig config;
  config.add_resource("accounts", shared_server(GetParam()));
  std::string name = "accounts";
  ASSERT_EQ(xaodbc_switch_dynamic.xa_open_entry(name.data(), kRmid, TMNOFLAGS), XA_OK);
  EXPECT_EQ(xaodbc_connection(kRmid), nullptr);
  EXPECT_THAT(xaodbc_last_error(), HasSubstr("ax_reg is not offered by this process"));
  EXPECT_EQ(close(), XA_OK);
}

TEST_P(OpenOnServerTest, FailedOpenLeavesNothingInTheWayOfTheNext) {
  ScratchConfig config;
  config.add_resource("accounts", shared_server(GetParam()));
  EXPECT_EQ(open("nobody"), XAER_INVAL);
  EXPECT_EQ(open("accounts"), XA_OK) << xaodbc_last_error();
  EXPECT_STREQ(xaodbc_last_error(), "");
  EXPECT_EQ(close(), XA_OK);
  EXPECT_EQ(open("resource=accounts;ini=" + config.ini().string()), XA_OK) << xaodbc_last_error();
  EXPECT_EQ(close(), XA_OK);
}

}  // namespace
}  // namespace xaodbc

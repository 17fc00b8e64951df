#include "tests/conformance/bridge_kit.h"

namespace xaodbc {
namespace {

INSTANTIATE_TEST_SUITE_P(All, BridgeTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(BridgeTest, StaticSwitchHasNoWrongCell) {
  expect_nothing_wrong(arguments("xaodbc_switch"), on_sqlite() ? 940 : 980);
}

}  // namespace
}  // namespace xaodbc

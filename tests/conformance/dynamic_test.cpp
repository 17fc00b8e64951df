#include "tests/conformance/bridge_kit.h"

namespace xaodbc {
namespace {

INSTANTIATE_TEST_SUITE_P(All, BridgeTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(BridgeTest, DynamicSwitchHasNoWrongCellAndRegisters) {
  auto some = arguments("xaodbc_switch_dynamic");
  for (const auto* glob : {"3/*", "6.3/*", "7.*", "8.*", "1/*", "5.2/*"}) {
    some.insert(some.end(), {"--only", glob});
  }
  expect_nothing_wrong(some, 500);
}

}  // namespace
}  // namespace xaodbc

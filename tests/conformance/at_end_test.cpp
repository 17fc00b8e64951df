#include <regex>
#include <string>

#include "tests/conformance/bridge_kit.h"

namespace xaodbc {
namespace {

using testing::Each;
using testing::Ge;
using testing::ResultOf;
using testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(All, BridgeTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& instance) { return support::name_of(instance.param); });

/// What `prepare = at_end` gives up for transaction managers whose xa_prepare comes from another
/// process: after xa_end(TMSUCCESS) a branch is in doubt already and cannot be worked on any more,
/// xa_prepare only confirms it, and after xa_end has answered XA_RB the branch is gone.
bool follows_from_at_end(const std::string& cell) {
  static const std::regex cells(
      "7\\.1/xa_start/TMJOIN.*/T0-S2|7\\.[123]/.*S4|7\\.3/xa_(prepare|commit)/.*/S[23]|"
      "7\\.3/xa_recover/lists/S2|2\\.1/equality/.*|8\\.5/work/join-idle");
  return std::regex_match(cell, cells);
}

TEST_P(BridgeTest, PreparingAtEndIsWrongOnlyWhereABranchIsPreparedTooEarly) {
  for (const auto* name : {"accounts", "orders"}) {
    config_.add_resource(name, {{"prepare", "at_end"}});
  }
  auto some = arguments("xaodbc_switch");
  for (const auto* glob : {"7.*", "8.*", "2.1/*", "10.1/*", "5.2/*"}) {
    some.insert(some.end(), {"--only", glob});
  }
  const auto run = run_for_json(some);
  EXPECT_EQ(run.finished.ending, exited(1)) << run.finished.output;
  EXPECT_THAT(run.names("wrong"), Each(ResultOf(follows_from_at_end, true)));
  EXPECT_THAT(run.names("as the standard says"), SizeIs(Ge(480)));
}

}  // namespace
}  // namespace xaodbc

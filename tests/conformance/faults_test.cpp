#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/conformance/conformance_kit.h"

// The program against a switch that keeps everything in memory: it must find what is wrong with it,
// and nothing else.

namespace xaodbc {
namespace {

using support::exited;
using testing::Contains;
using testing::IsEmpty;

Arguments arguments() {
  return {"--library",   XAODBC_MEMORY_SWITCH_PATH,
          "--getter",    "memory_get_xa_switch",
          "--open-info", "memory",
          "--open-info", "memory"};
}

TEST(MemorySwitchTest, RightSwitchHasNoWrongCell) {
  const auto run = run_for_json(arguments());
  EXPECT_EQ(run.finished.ending, exited(0)) << run.finished.output;
  EXPECT_THAT(run.cells("wrong"), IsEmpty());
  EXPECT_GT(run.report["summary"]["as_the_standard_says"], 850);
}

struct Fault {
  std::string name;
  std::vector<std::string> wrong;  ///< cells among the wrong ones
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class FaultTest : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(
    All, FaultTest,
    testing::Values(
        Fault{"version-1", {"3/version"}}, Fault{"no-forget", {"3/xa_forget"}},
        Fault{"rollback-and-prepare-swapped",
              {"7.3/xa_prepare/TMNOFLAGS/S2", "7.3/xa_rollback/TMNOFLAGS/S2",
               "7.3/xa_recover/lists/S3"}},
        Fault{"no-dupid",
              {"7.1/xa_start/TMNOFLAGS/T0-S1", "7.1/xa_start/TMNOFLAGS/T0-S2",
               "7.1/xa_start/TMNOFLAGS/T0-S3"}},
        Fault{"ignores-flags", {"5.1/xa_start/0x00000001", "5.1/xa_commit/0x20000000"}},
        Fault{"refusal-changes-state",
              {"7.2/xa_end/TMSUCCESS/T0-S2", "7.2/xa_end/TMSUSPEND/T0-S1"}},
        Fault{"prepares-what-failed", {"7.3/xa_prepare/TMNOFLAGS/S4"}},
        Fault{"code-outside-the-set", {"5.2/xa_prepare", "7.3/xa_prepare/TMNOFLAGS/S2"}},
        Fault{"commit-does-not-forget", {"7.3/xa_commit/TMNOFLAGS/S3", "2.1/xid/quotes/commit"}},
        Fault{"scan-loses-the-rest", {"8.6/pages-of-1", "8.6/100-in-doubt/pages-of-33"}}),
    [](const auto& instance) {
      std::string name = instance.param.name;
      std::erase(name, '-');
      return name;
    });

TEST_P(FaultTest, IsFoundWhereTheStandardForbidsIt) {
  const auto run = run_for_json(arguments(), {{"MEMORY_SWITCH_FAULT", GetParam().name}});
  EXPECT_EQ(run.finished.ending, exited(1)) << run.finished.output;
  for (const auto& cell : GetParam().wrong) EXPECT_THAT(run.names("wrong"), Contains(cell));
}

}  // namespace
}  // namespace xaodbc

#include <string>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

/// I9: whatever of a thread or a process has ended already, a verb that is called then is served.
class LateCallsTest : public TmTest {
 protected:
  void expect_served(const std::string& moment) {
    const std::string late_row = new_row();
    // What a thread is given this late stays for ever, which the leak sanitizer would report.
    const auto finished =
        support::run_program({XAODBC_PROGRAM_DIR "/late_calls_program", moment, row_, late_row},
                             {{"LSAN_OPTIONS", "detect_leaks=0"}});
    EXPECT_EQ(finished.ending, exited(0)) << finished.output;
    EXPECT_EQ(finished.output, "");
    EXPECT_FALSE(has_row(row_));
    EXPECT_TRUE(has_row(late_row));
  }
};
INSTANTIATE_TEST_SUITE_P(All, LateCallsTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(LateCallsTest, BranchIsCommittedInAnAtexitHandler) { expect_served("atexit"); }

TEST_P(LateCallsTest, BranchIsCommittedInAPthreadKeyDestructor) { expect_served("key"); }

}  // namespace
}  // namespace xaodbc

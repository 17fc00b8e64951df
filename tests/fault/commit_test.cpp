#include "tests/fault/second_phase_kit.h"

namespace xaodbc {
namespace {

using CommitTest = SecondPhaseTest<Decision::kCommit>;
INSTANTIATE_TEST_SUITE_P(Commit, CommitTest,
                         testing::ValuesIn(second_phase_cases(Decision::kCommit)), name_of);
INSTANTIATE_TEST_SUITE_P(CommitAndQuestion, CommitTest, testing::ValuesIn(question_cases()),
                         name_of);

TEST_P(CommitTest, IsRepeatedUntilItsTrueOutcomeIsTold) { run(); }

}  // namespace
}  // namespace xaodbc

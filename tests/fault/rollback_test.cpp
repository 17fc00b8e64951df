#include "tests/fault/second_phase_kit.h"

namespace xaodbc {
namespace {

using RollbackTest = SecondPhaseTest<Decision::kRollback>;
INSTANTIATE_TEST_SUITE_P(Rollback, RollbackTest,
                         testing::ValuesIn(second_phase_cases(Decision::kRollback)), name_of);
INSTANTIATE_TEST_SUITE_P(RollbackAndQuestion, RollbackTest, testing::ValuesIn(question_cases()),
                         name_of);

TEST_P(RollbackTest, IsRepeatedUntilItsTrueOutcomeIsTold) { run(); }

}  // namespace
}  // namespace xaodbc

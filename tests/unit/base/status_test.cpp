#include "base/status.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/deadline.h"

namespace xaodbc {
namespace {

TEST(Status, SuccessIsTheDefaultAndSaysNothing) {
  EXPECT_TRUE(Status().is_ok());
  EXPECT_TRUE(Status::ok().is_ok());
  EXPECT_EQ(Status().message(), "");
}

TEST(Status, FailureHasACodeAndAMessage) {
  const Status status(StatusCode::kLogFull, "no room");
  EXPECT_FALSE(status.is_ok());
  EXPECT_TRUE(status.is(StatusCode::kLogFull));
  EXPECT_FALSE(status.is(StatusCode::kRetry));
  EXPECT_EQ(status.message(), "no room");
}

TEST(Status, ContextGoesInFrontAndNothingElseChanges) {
  const auto status =
      Status::rolled_back(RollbackReason::kDeadlock, "deadlock detected").with_context("prepare");
  EXPECT_TRUE(status.is(StatusCode::kRolledBack));
  EXPECT_EQ(status.reason(), RollbackReason::kDeadlock);
  EXPECT_EQ(status.message(), "prepare: deadlock detected");
}

TEST(Status, ResultCarriesAValueOrAStatus) {
  const Result<int> value = 7;
  const Result<int> error = failure(StatusCode::kRetry, "later");
  EXPECT_EQ(*value, 7);
  EXPECT_TRUE(error.error().is(StatusCode::kRetry));
}

TEST(Deadline, ExpiredIsThePastAndHasNothingRemaining) {
  const auto past = Deadline::at(Deadline::Clock::now() - std::chrono::seconds(1));
  EXPECT_TRUE(past.expired());
  EXPECT_EQ(past.remaining(), Deadline::Clock::duration::zero());
  const auto future = Deadline::after(std::chrono::hours(1));
  EXPECT_FALSE(future.expired());
  EXPECT_GT(future.remaining(), std::chrono::minutes(59));
}

TEST(Deadline, AtMostNeverMakesItLater) {
  const auto soon = Deadline::after(std::chrono::seconds(1));
  EXPECT_EQ(soon.at_most(std::chrono::hours(1)).when(), soon.when());
  EXPECT_LT(Deadline::after(std::chrono::hours(2)).at_most(std::chrono::hours(1)).when(),
            Deadline::Clock::now() + std::chrono::minutes(61));
}

}  // namespace
}  // namespace xaodbc

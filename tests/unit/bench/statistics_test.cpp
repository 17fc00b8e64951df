#include "bench/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

namespace xaodbc::bench {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

TEST(MedianTest, OfAnOddNumberIsTheMiddleOne) { EXPECT_EQ(median({9, 1, 5}), 5); }

TEST(MedianTest, OfAnEvenNumberIsTheMeanOfTheTwoInTheMiddle) {
  EXPECT_EQ(median({9, 1, 5, 4}), 4.5);
}

TEST(MedianTest, OfNothingIsRefused) { EXPECT_THROW(median({}), std::invalid_argument); }

TEST(BootstrapTest, EqualValuesLeaveNoDoubt) {
  const auto interval = bootstrap_median({2, 2, 2, 2});
  EXPECT_EQ(interval.middle, 2);
  EXPECT_EQ(interval.low, 2);
  EXPECT_EQ(interval.high, 2);
}

TEST(BootstrapTest, OneWildRoundDoesNotMoveTheBounds) {
  const auto interval = bootstrap_median({1.0, 1.01, 0.99, 1.02, 0.98, 1.0, 1.01, 0.99, 100});
  EXPECT_GE(interval.low, 0.98);
  EXPECT_LE(interval.high, 1.02);
}

/// Of 400 samples of a known distribution about 95 % must catch its median.
TEST(BootstrapTest, CatchesTheTrueMedianAboutAsOftenAsItSays) {
  std::mt19937_64 random(42);
  std::lognormal_distribution<double> distribution(0, 0.3);
  int caught = 0;
  for (int i = 0; i < 400; ++i) {
    std::vector<double> sample(15);
    for (double& value : sample) value = distribution(random);
    const auto interval = bootstrap_median(sample, static_cast<std::uint64_t>(i));
    if (interval.low <= 1 && 1 <= interval.high) ++caught;
  }
  EXPECT_GE(caught, 360);
  EXPECT_LE(caught, 398);
}

TEST(BootstrapTest, SameValuesGiveTheSameInterval) {
  const std::vector<double> values = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(bootstrap_median(values).low, bootstrap_median(values).low);
  EXPECT_EQ(bootstrap_median(values).high, bootstrap_median(values).high);
}

TEST(RatioTest, AreTakenRoundByRound) {
  EXPECT_THAT(paired_ratios({2, 9}, {4, 3}), ElementsAre(DoubleEq(0.5), DoubleEq(3)));
}

TEST(RatioTest, RoundWithoutAPartnerIsRefused) {
  EXPECT_THROW(paired_ratios({1, 2}, {1}), std::invalid_argument);
}

TEST(RatioTest, RoundInWhichNothingWasDoneIsRefused) {
  EXPECT_THROW(paired_ratios({1}, {0}), std::invalid_argument);
}

}  // namespace
}  // namespace xaodbc::bench

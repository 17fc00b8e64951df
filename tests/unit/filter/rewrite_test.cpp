#include "filter/rewrite.h"

#include <gtest/gtest.h>

namespace xaodbc::filter {
namespace {

TEST(RewriteTest, BeginAndSentinelComeFirstAndTheirAnswersAreHidden) {
  const Rewrite result = rewrite("SELECT 1", false, "SET LOCAL x=7;");
  EXPECT_EQ(result.text, "BEGIN;SET LOCAL x=7;SELECT 1");
  EXPECT_EQ(result.hidden, 2);
  EXPECT_EQ(result.text.substr(static_cast<std::size_t>(result.shift)), "SELECT 1");
}

TEST(RewriteTest, InsideOfATransactionOnlyTheSentinelDoes) {
  const Rewrite result = rewrite("SELECT 1", true, "SET LOCAL x=7;");
  EXPECT_EQ(result.text, "SET LOCAL x=7;SELECT 1");
  EXPECT_EQ(result.hidden, 1);
}

TEST(RewriteTest, WithoutASentinelBeginComesAlone) {
  const Rewrite result = rewrite("SELECT 1", false, "");
  EXPECT_EQ(result.text, "BEGIN;SELECT 1");
  EXPECT_EQ(result.hidden, 1);
  EXPECT_EQ(result.shift, 6);
}

}  // namespace
}  // namespace xaodbc::filter

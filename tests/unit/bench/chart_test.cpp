#include "bench/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xaodbc::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

Contested result(const std::string& setting, unsigned threads, const std::string& candidate) {
  return {"transfer", setting, threads, {{"by hand", {100}, {1}}, {candidate, {90}, {2}}}, {}};
}

TEST(ChartTest, DrawsALineForEachContestantInAPanelForEachSetting) {
  const auto svg = draw_chart({result("pg+pg", 1, "full"), result("pg+pg", 4, "full"),
                               result("pg+pg", 1, "light"), result("pg+mariadb", 1, "full")},
                              "transfer");
  EXPECT_EQ(count(svg, "<polyline"), 3U + 2U);
  EXPECT_EQ(count(svg, "transactions per second"), 2U);
}

TEST(ChartTest, LeavesOtherScenariosOut) {
  const auto svg = draw_chart({result("pg+pg", 1, "full")}, "join");
  EXPECT_THAT(svg, Not(HasSubstr("<polyline")));
}

TEST(ChartTest, NamesCannotBreakTheFile) {
  const auto svg = draw_chart({result("a<b", 1, "x&y")}, "transfer");
  EXPECT_THAT(svg, HasSubstr("a&lt;b"));
  EXPECT_THAT(svg, HasSubstr("x&amp;y"));
}

}  // namespace
}  // namespace xaodbc::bench

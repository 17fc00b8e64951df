#include "recovery/duration.h"

#include <gtest/gtest.h>

namespace xaodbc::recovery {
namespace {

TEST(ParseDuration, EveryUnitIsTaken) {
  EXPECT_EQ(parse_duration("0s")->count(), 0);
  EXPECT_EQ(parse_duration("90s")->count(), 90);
  EXPECT_EQ(parse_duration("10m")->count(), 600);
  EXPECT_EQ(parse_duration("6h")->count(), 21600);
  EXPECT_EQ(parse_duration("2d")->count(), 172800);
}

TEST(ParseDuration, OtherFormsAreRefused) {
  for (const char* text : {"", "s", "10", "10 m", "-1s", "+1s", "1.5h", "1h30m", "10M", "10w",
                           "9223372036854775807d", "99999999999999999999s", " 1s"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(FormatDuration, TwoLargestUnitsAreShown) {
  using std::chrono::seconds;
  EXPECT_EQ(format_duration(seconds(0)), "0s");
  EXPECT_EQ(format_duration(seconds(59)), "59s");
  EXPECT_EQ(format_duration(seconds(60)), "1m 0s");
  EXPECT_EQ(format_duration(seconds(3599)), "59m 59s");
  EXPECT_EQ(format_duration(seconds(3600)), "1h 0m");
  EXPECT_EQ(format_duration(seconds(86399)), "23h 59m");
  EXPECT_EQ(format_duration(seconds(266400)), "3d 2h");
}

TEST(FormatTime, IsIso8601InUtc) {
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_time(1'714'566'896'999'999), "2024-05-01T12:34:56Z");
}

TEST(ParseServerTime, FormsOfTimestampsWithAZoneAreRead) {
  constexpr std::int64_t kMoment = 1'714'566'896'000'000;
  EXPECT_EQ(parse_server_time("2024-05-01 12:34:56+00"), kMoment);
  EXPECT_EQ(parse_server_time("2024-05-01T12:34:56Z"), kMoment);
  EXPECT_EQ(parse_server_time("2024-05-01 14:34:56+02"), kMoment);
  EXPECT_EQ(parse_server_time("2024-05-01 18:04:56+05:30"), kMoment);
  EXPECT_EQ(parse_server_time("2024-05-01 18:04:56+0530"), kMoment);
  EXPECT_EQ(parse_server_time("2024-05-01 07:34:56-05"), kMoment);
  EXPECT_EQ(parse_server_time("2024-05-01 12:34:56.789+00"), kMoment + 789'000);
  EXPECT_EQ(parse_server_time("2024-05-01 12:34:56.1234567+00"), kMoment + 123'456);
  EXPECT_EQ(parse_server_time("2024-05-01T12:34:56.789012Z"), kMoment + 789'012);
}

TEST(ParseServerTime, TimeWithoutAZoneIsNotGuessed) {
  for (const char* text :
       {"", "2024-05-01", "2024-05-01 12:34:56", "2024-05-01 12:34+00", "2024-05-01 12:34:56+",
        "2024-05-01 12:34:56+0", "now", "2024-05-01 12:34:56+00x", "2024-05-01 12:34:56+02:3"}) {
    EXPECT_FALSE(parse_server_time(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace xaodbc::recovery

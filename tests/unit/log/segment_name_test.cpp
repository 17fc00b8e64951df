#include "log/segment_name.h"

#include <gtest/gtest.h>

namespace xaodbc::log {
namespace {

TEST(SegmentName, SaysHostProcessAndRandomPart) {
  const auto name = segment_name("db1", 4242, 0x0123456789abcdef);
  EXPECT_EQ(name, "db1-4242-0123456789abcdef.seg");
  EXPECT_EQ(temporary_name(name), name + ".new");
  EXPECT_TRUE(is_segment_name(name));
  EXPECT_FALSE(is_temporary_name(name));
  EXPECT_TRUE(is_temporary_name(temporary_name(name)));
  EXPECT_FALSE(is_segment_name(temporary_name(name)));
}

TEST(SegmentName, MakerIsReadBackEvenFromHostsWithDashes) {
  for (const auto* host : {"db1", "my-host-7", "a.b-c.example"}) {
    const auto maker = maker_of(segment_name(host, 17, 1));
    ASSERT_TRUE(maker.has_value()) << host;
    EXPECT_EQ(maker->host, host);
    EXPECT_EQ(maker->pid, 17U);
    EXPECT_EQ(maker_of(temporary_name(segment_name(host, 17, 1)))->pid, 17U);
  }
}

TEST(SegmentName, HostBecomesPartOfAFileNameWhateverItIs) {
  EXPECT_EQ(host_in_names("../etc/x y"), "_.._etc_x_y");
  EXPECT_EQ(host_in_names(""), "_");
  EXPECT_EQ(host_in_names(".hidden"), "_.hidden");
  EXPECT_TRUE(is_segment_name(segment_name("", 1, 1)));
}

TEST(SegmentName, OtherNamesAreNotOurs) {
  for (const auto* name :
       {"", ".seg", "x.seg", "h-1-0123456789abcde.seg", "h-1-0123456789abcdeg.seg",
        "h-x-0123456789abcdef.seg", "-1-0123456789abcdef.seg", "h--0123456789abcdef.seg",
        "h-1-0123456789abcdef.seg.damaged", "h-99999999999-0123456789abcdef.seg",
        "h-1-0123456789abcdef"}) {
    EXPECT_FALSE(is_segment_name(name)) << name;
    EXPECT_FALSE(is_temporary_name(name)) << name;
  }
}

}  // namespace
}  // namespace xaodbc::log

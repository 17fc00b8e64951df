#include "branch/xid.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_set>

namespace xaodbc {
namespace {

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(Xid, PartsAreKeptByteForByte) {
  const std::string gtrid("\0g\xff\0", 4);
  const std::string bqual("\0", 1);
  const auto xid = Xid::create(7, gtrid, bqual);
  ASSERT_TRUE(xid.has_value());
  EXPECT_EQ(xid->format_id(), 7);
  EXPECT_EQ(xid->gtrid(), gtrid);
  EXPECT_EQ(xid->bqual(), bqual);
  EXPECT_EQ(xid->to_string(), "7:0067ff00:00");
}

TEST(Xid, LengthsOutsideTheStandardAreRefused) {
  const std::string full(64, 'x');
  EXPECT_TRUE(Xid::create(0, full, full).has_value());
  EXPECT_TRUE(Xid::create(0, "g", "").has_value());
  for (const auto& [gtrid, bqual] : {std::pair{std::string(), std::string("b")},
                                     {full + "x", std::string("b")},
                                     {full, full + "x"}}) {
    const auto xid = Xid::create(0, gtrid, bqual);
    ASSERT_FALSE(xid.has_value());
    EXPECT_TRUE(xid.error().is(StatusCode::kInvalidArgument));
  }
}

TEST(Xid, NullXidNamesNoBranch) {
  EXPECT_FALSE(Xid::create(-1, "g", "b").has_value());
  EXPECT_FALSE(Xid::parse("-1:67:62").has_value());
  EXPECT_TRUE(Xid::create(-2, "g", "b").has_value());
}

TEST(Xid, WhatItWritesItReads) {
  std::mt19937_64 random(17);
  for (int i = 0; i < 5000; ++i) {
    const auto xid =
        Xid::create(static_cast<std::int64_t>(random()), random_bytes(random, 1 + random() % 64),
                    random_bytes(random, random() % 65));
    ASSERT_TRUE(xid.has_value());
    ASSERT_EQ(Xid::parse(xid->to_string()), *xid);
  }
  for (const auto format_id : {INT64_MIN, INT64_MAX, std::int64_t{0}, std::int64_t{-2}}) {
    const auto xid = *Xid::create(format_id, "g", "");
    EXPECT_EQ(Xid::parse(xid.to_string()), xid);
  }
}

TEST(Xid, UpperCaseHexIsReadToo) { EXPECT_EQ(*Xid::parse("1:aBcD:"), *Xid::parse("1:abcd:")); }

TEST(Xid, MalformedTextIsRefusedAndQuoted) {
  for (const auto* text :
       {"", "1", "1:67", ":67:62", "x:67:62", "1x:67:62", "1 :67:62", "+1:67:62", "1:6:62",
        "1:67:6", "1:67:62:", "1:67:6g", "1::62", "99999999999999999999:67:62", "0x1:67:62"}) {
    const auto xid = Xid::parse(text);
    ASSERT_FALSE(xid.has_value()) << text;
    EXPECT_TRUE(xid.error().is(StatusCode::kInvalidArgument));
  }
  EXPECT_NE(Xid::parse("nonsense").error().message().find("'nonsense'"), std::string::npos);
}

TEST(Xid, EqualityLooksAtFormatLengthsAndBytes) {
  const auto xid = *Xid::create(1, "ab", "c");
  EXPECT_EQ(xid, *Xid::create(1, "ab", "c"));
  EXPECT_NE(xid, *Xid::create(2, "ab", "c"));
  EXPECT_NE(xid, *Xid::create(1, "a", "bc")) << "the same bytes, cut elsewhere";
  EXPECT_NE(xid, *Xid::create(1, "ab", "d"));
  EXPECT_NE(xid, *Xid::create(1, "ab", ""));
  EXPECT_NE(*Xid::create(1, "a", ""), *Xid::create(1, std::string("a\0", 2), ""));
}

TEST(Xid, HashFollowsEqualityAndTellsTheCutsApart) {
  EXPECT_EQ(Xid::create(1, "ab", "c")->hash(), Xid::create(1, "ab", "c")->hash());
  EXPECT_NE(Xid::create(1, "ab", "c")->hash(), Xid::create(1, "a", "bc")->hash());
  std::unordered_set<std::uint64_t> hashes;
  std::unordered_set<Xid, XidHash> xids;
  for (int i = 0; i < 1000; ++i) {
    const auto xid = *Xid::create(i % 10, "gtrid" + std::to_string(i), "b");
    hashes.insert(xid.hash());
    xids.insert(xid);
    xids.insert(xid);
  }
  EXPECT_EQ(hashes.size(), 1000U);
  EXPECT_EQ(xids.size(), 1000U);
}

}  // namespace
}  // namespace xaodbc

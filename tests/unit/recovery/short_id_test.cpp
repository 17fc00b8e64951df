#include "recovery/short_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/recovery/facts_builder.h"

namespace xaodbc::recovery {
namespace {

std::vector<Xid> many(int count) {
  std::vector<Xid> xids;
  for (int i = 0; i < count; ++i) xids.push_back(make_xid("transaction-" + std::to_string(i)));
  return xids;
}

TEST(ShortIds, IdIsShortStableAndLeadsBack) {
  const ShortIds ids({make_xid("a")});
  const std::string id = ids.id(make_xid("a"));
  EXPECT_EQ(id.size(), 6U);
  EXPECT_EQ(ShortIds(many(3)).id(make_xid("transaction-1")).substr(0, 6),
            ShortIds({make_xid("transaction-1")}).id(make_xid("transaction-1")));
  const auto xid = ids.resolve(id);
  ASSERT_TRUE(xid.has_value());
  EXPECT_EQ(*xid, make_xid("a"));
}

/// What an operator has noted on one machine is asked for on another.
TEST(ShortIds, IdIsTheSameEverywhere) {
  const auto xid = *Xid::create(4711, "order-17", "acc");
  EXPECT_EQ(ShortIds({xid}).id(xid), "e6cda1");
}

TEST(ShortIds, ManyBranchesGetIdsThatTellThemApart) {
  const auto xids = many(20000);
  const ShortIds ids(xids);
  std::set<std::string> seen;
  for (const Xid& xid : xids) EXPECT_TRUE(seen.insert(ids.id(xid)).second);
  EXPECT_GT(seen.begin()->size(), 6U);
  EXPECT_LT(seen.begin()->size(), 16U);
  for (int i = 0; i < 50; ++i) {
    const Xid& xid = xids[static_cast<std::size_t>(i)];
    const auto found = ids.resolve(ids.id(xid));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, xid);
  }
}

TEST(ShortIds, BranchesOfOneTransactionLookDifferent) {
  const ShortIds ids({make_xid("g", "a"), make_xid("g", "b")});
  EXPECT_NE(ids.id(make_xid("g", "a")).substr(0, 3), ids.id(make_xid("g", "b")).substr(0, 3));
}

TEST(ShortIds, SameXidTwiceIsNoAmbiguity) {
  const ShortIds ids({make_xid("a"), make_xid("a")});
  EXPECT_EQ(ids.id(make_xid("a")).size(), 6U);
}

TEST(ShortIds, AmbiguousPrefixNamesTheCandidates) {
  const auto xids = many(20000);
  const ShortIds ids(xids);
  for (const Xid& xid : xids) {
    const auto found = ids.resolve(ids.id(xid).substr(0, 6));
    if (found) continue;
    EXPECT_TRUE(found.error().is(StatusCode::kInvalidArgument));
    EXPECT_NE(found.error().message().find(xid.to_string()), std::string::npos);
    return;
  }
  FAIL() << "20000 branches without two that share six digits";
}

TEST(ShortIds, UpperCaseAndLongerPrefixesAreTaken) {
  const ShortIds ids({make_xid("a")});
  const ShortIds more(many(20000));
  const std::string longer = more.id(make_xid("transaction-7"));
  std::string upper = longer;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(*ShortIds({make_xid("transaction-7")}).resolve(longer), make_xid("transaction-7"));
  EXPECT_EQ(*more.resolve(upper), make_xid("transaction-7"));
}

TEST(ShortIds, FullXidIsTakenWhetherKnownOrNot) {
  const auto xid = ShortIds({}).resolve("1:00ff:01");
  ASSERT_TRUE(xid.has_value());
  EXPECT_EQ(xid->to_string(), "1:00ff:01");
}

TEST(ShortIds, WhatIsNoIdIsAnError) {
  const ShortIds ids({make_xid("a")});
  for (const char* text : {"", "abc", "abcde", "xyzxyz", "12345678901234567", "1:2", "1:zz:"}) {
    const auto xid = ids.resolve(text);
    ASSERT_FALSE(xid.has_value()) << text;
    EXPECT_TRUE(xid.error().is(StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ShortIds, UnknownIdIsAnUnknownBranch) {
  const ShortIds ids({make_xid("a")});
  const std::string other = ShortIds({make_xid("c")}).id(make_xid("c"));
  const auto xid = ids.resolve(other);
  ASSERT_FALSE(xid.has_value());
  EXPECT_TRUE(xid.error().is(StatusCode::kUnknownBranch));
}

}  // namespace
}  // namespace xaodbc::recovery

#include "recovery/join.h"

#include <gtest/gtest.h>

#include "tests/unit/recovery/facts_builder.h"

namespace xaodbc::recovery {
namespace {

odbc::ListedBranch listed(const std::string& gtrid) {
  odbc::ListedBranch branch = make_listed();
  branch.xid = make_xid(gtrid);
  return branch;
}

log::BranchHistory logged(const std::string& gtrid) {
  log::BranchHistory history = make_history({make_record(log::RecordType::kPreparing)});
  history.xid = make_xid(gtrid);
  return history;
}

Look look(std::vector<odbc::ListedBranch> on_server, std::vector<log::BranchHistory> in_log) {
  return {true, true, std::move(on_server), std::move(in_log)};
}

TEST(Join, BranchOfBothSidesIsOneEntry) {
  const auto all = join("bank", look({listed("a")}, {logged("a")}));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].resource, "bank");
  EXPECT_TRUE(all[0].listed.has_value());
  EXPECT_TRUE(all[0].history.has_value());
  EXPECT_TRUE(all[0].server_asked);
  EXPECT_TRUE(all[0].log_read);
}

TEST(Join, BranchOfOneSideIsKept) {
  const auto all = join("bank", look({listed("a")}, {logged("b")}));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].listed.has_value());
  EXPECT_FALSE(all[0].history.has_value());
  EXPECT_FALSE(all[1].listed.has_value());
  EXPECT_TRUE(all[1].history.has_value());
}

TEST(Join, LookIsSettledWhenBothSidesAgree) {
  EXPECT_TRUE(is_settled(look({}, {})));
  EXPECT_TRUE(is_settled(look({listed("a"), listed("b")}, {logged("b"), logged("a")})));
  EXPECT_FALSE(is_settled(look({listed("a")}, {})));
  EXPECT_FALSE(is_settled(look({}, {logged("a")})));
}

TEST(Join, WhatBeganBetweenTwoLooksIsNotReported) {
  const Look first = look({listed("old")}, {});
  const Look second = look({listed("old"), listed("new")}, {logged("newer")});
  const auto all = confirmed(join("bank", second), first);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].xid, make_xid("old"));
}

TEST(Join, WhatBothSidesKnowIsReportedHoweverNew) {
  const auto all = confirmed(join("bank", look({listed("new")}, {logged("new")})), look({}, {}));
  EXPECT_EQ(all.size(), 1U);
}

TEST(Join, BranchThatMovedFromOneSideToTheOtherIsReported) {
  const Look first = look({}, {logged("a")});
  EXPECT_EQ(confirmed(join("bank", look({listed("a")}, {})), first).size(), 1U);
}

}  // namespace
}  // namespace xaodbc::recovery

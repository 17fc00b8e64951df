#include "filter/deed.h"

#include <gtest/gtest.h>

namespace xaodbc::filter {
namespace {

TEST(DeedTest, ChangedRowsAreAWrite) {
  for (const auto* tag : {"UPDATE 1", "DELETE 20", "INSERT 0 1", "INSERT 0 10", "MERGE 3"}) {
    EXPECT_EQ(deed_of(tag), Deed::kWrite) << tag;
  }
}

TEST(DeedTest, StatementThatChangedNoRowOnlyAsked) {
  for (const auto* tag :
       {"UPDATE 0", "DELETE 0", "INSERT 0 0", "MERGE 0", "SELECT 0", "SELECT 5"}) {
    EXPECT_EQ(deed_of(tag), Deed::kQuery) << tag;
  }
}

TEST(DeedTest, EveryEndThatKeepsTheWorkIsACommit) {
  EXPECT_EQ(deed_of("COMMIT"), Deed::kCommit);
  EXPECT_EQ(deed_of("PREPARE TRANSACTION"), Deed::kCommit);
  EXPECT_EQ(deed_of("ROLLBACK"), Deed::kRollback);
  EXPECT_EQ(deed_of("ROLLBACK PREPARED"), Deed::kOther);
}

TEST(DeedTest, SettingIsToldFromWhatOnlyBeginsLikeOne) {
  EXPECT_EQ(deed_of("SET"), Deed::kSet);
  EXPECT_EQ(deed_of("RESET"), Deed::kSet);
  EXPECT_EQ(deed_of("SET CONSTRAINTS"), Deed::kOther);
}

TEST(DeedTest, OtherTagsSayNothing) {
  for (const auto* tag : {"", "BEGIN", "SAVEPOINT", "COMMIT PREPARED", "CREATE TABLE", "DO"}) {
    EXPECT_EQ(deed_of(tag), Deed::kOther) << tag;
  }
}

}  // namespace
}  // namespace xaodbc::filter

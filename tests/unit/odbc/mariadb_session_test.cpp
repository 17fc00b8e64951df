#include "odbc/dialects/mariadb_session.h"

#include <gtest/gtest.h>

namespace xaodbc::odbc {
namespace {

TEST(MariadbSessionTest, ReadsBackWhatItWrote) {
  const MariadbSession session{"17", "db.example:4711", 1700000000};
  const auto again = MariadbSession::parse(session.to_string());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, "17");
  EXPECT_EQ(again->host, "db.example:4711");
  EXPECT_EQ(again->server_start, 1700000000);
}

TEST(MariadbSessionTest, AddressOfVersionSixIsTaken) {
  EXPECT_TRUE(MariadbSession::parse("1|[fe80::1%eth0]:3306|1"));
}

TEST(MariadbSessionTest, NothingElseGetsIntoSql) {
  for (const auto* text : {"", "17", "17|host", "x|host|1", "17|host|x", "17|host|", "|host|1",
                           "17|ho'st|1", "17|host;|1", "17|a b|1", "-1|host|1"}) {
    EXPECT_FALSE(MariadbSession::parse(text)) << text;
  }
}

}  // namespace
}  // namespace xaodbc::odbc

#include "odbc/dialects/mariadb_xid.h"

#include <gtest/gtest.h>

#include <string>

namespace xaodbc::odbc {
namespace {

Xid xid(std::int64_t format_id, std::string_view gtrid, std::string_view bqual) {
  return Xid::create(format_id, gtrid, bqual).value();
}

TEST(MariadbXidTest, IsWrittenInHexadecimal) {
  EXPECT_EQ(to_mariadb(xid(7, std::string_view("\0\xff'", 3), "b")), "X'00ff27',X'62',7");
  EXPECT_EQ(to_mariadb(xid(0, "g", "")), "X'67',X'',0");
}

TEST(MariadbXidTest, HexadecimalRowIsRead) {
  const auto read = from_mariadb({"1234", "3", "2", "X'00ff27',X'0a00',1234"});
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, xid(1234, std::string_view("\0\xff'", 3), std::string_view("\n\0", 2)));
}

TEST(MariadbXidTest, PrintableRowIsReadByItsLengths) {
  EXPECT_EQ(from_mariadb({"1", "3", "1", "'abc','d',1"}), xid(1, "abc", "d"));
  EXPECT_EQ(from_mariadb({"1", "5", "0", "'a','b','',1"}), xid(1, "a','b", ""));
}

TEST(MariadbXidTest, DefaultsThatTheServerLeavesOutAreRead) {
  EXPECT_EQ(from_mariadb({"1", "1", "0", "X'00'"}), xid(1, std::string_view("\0", 1), ""));
  EXPECT_EQ(from_mariadb({"1", "3", "0", "'abc'"}), xid(1, "abc", ""));
  EXPECT_EQ(from_mariadb({"1", "3", "1", "'abc','d'"}), xid(1, "abc", "d"));
  EXPECT_FALSE(from_mariadb({"1", "3", "1", "'abc'"}));
}

TEST(MariadbXidTest, RowOfAnotherFormIsRefused) {
  EXPECT_FALSE(from_mariadb({"1", "3", "1"}));
  EXPECT_FALSE(from_mariadb({"x", "3", "1", "'abc','d',1"}));
  EXPECT_FALSE(from_mariadb({std::nullopt, "3", "1", "'abc','d',1"}));
  EXPECT_FALSE(from_mariadb({"1", "3", "1", std::nullopt}));
  EXPECT_FALSE(from_mariadb({"1", "4", "1", "'abc','d',1"}));
  EXPECT_FALSE(from_mariadb({"1", "3", "2", "'abc','d',1"}));
  EXPECT_FALSE(from_mariadb({"1", "65", "0", "'" + std::string(65, 'a') + "','',1"}));
  EXPECT_FALSE(from_mariadb({"1", "0", "1", "'','d',1"}));
  EXPECT_FALSE(from_mariadb({"1", "1", "1", "X'zz',X'00',1"}));
  EXPECT_FALSE(from_mariadb({"1", "3", "1", ""}));
}

}  // namespace
}  // namespace xaodbc::odbc

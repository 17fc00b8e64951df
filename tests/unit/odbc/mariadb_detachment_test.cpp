#include "odbc/dialects/mariadb_detachment.h"

#include <gtest/gtest.h>

#include <string>

namespace xaodbc::odbc {
namespace {

/// As MariaDB 10.11.19 prints it, without the sections before.
const std::string kStatus = R"(------------
TRANSACTIONS
------------
Trx id counter 23
LIST OF TRANSACTIONS FOR EACH SESSION:
---TRANSACTION 21, ACTIVE (PREPARED) 1 sec
2 lock struct(s), heap size 1128, 1 row lock(s), undo log entries 1
MariaDB thread id 15, OS thread handle 139855, query id 41 localhost root
---TRANSACTION (0x7f5dc5dff180), not started
0 lock struct(s), heap size 1128, 0 row lock(s)
--------
FILE I/O
)";

TEST(MariadbDetachmentTest, SessionNamedInTheListIsAttached) {
  EXPECT_EQ(attachment_in(kStatus, "15"), Attachment::kAttached);
}

TEST(MariadbDetachmentTest, SessionNotNamedInTheListIsDetached) {
  EXPECT_EQ(attachment_in(kStatus, "16"), Attachment::kDetached);
}

TEST(MariadbDetachmentTest, IdThatBeginsOrEndsAlikeIsAnother) {
  EXPECT_EQ(attachment_in(kStatus, "1"), Attachment::kDetached);
  EXPECT_EQ(attachment_in(kStatus, "5"), Attachment::kDetached);
  EXPECT_EQ(attachment_in(kStatus, "150"), Attachment::kDetached);
}

TEST(MariadbDetachmentTest, TextWithoutTheListTellsNothing) {
  EXPECT_EQ(attachment_in("", "15"), Attachment::kNotTold);
  EXPECT_EQ(attachment_in("FAIL TO OBTAIN LOCK MUTEX", "15"), Attachment::kNotTold);
}

TEST(MariadbDetachmentTest, ListThatWasCutTellsNothing) {
  EXPECT_EQ(attachment_in(kStatus + "... truncated...\n", "16"), Attachment::kNotTold);
}

}  // namespace
}  // namespace xaodbc::odbc

#include "tests/support/whole_answer.h"

#include <gtest/gtest.h>

namespace xaodbc::support {
namespace {

using namespace std::string_literals;

/// As Connector/ODBC 3.1.15 and MariaDB 10.11 send them.
const std::string kPrepare = "\x07\0\0\0\x16XA END"s;
const std::string kExecute = "\x0a\0\0\0\x17\xff\xff\xff\xff\0\x01\0\0\0"s;
const std::string kClose = "\x05\0\0\0\x19\x07\0\0\0"s;
const std::string kPrepared = "\x0c\0\0\x01\0\x03\0\0\0\0\0\0\0\0\0\0"s;
const std::string kDone = "\x07\0\0\x01\0\0\0\x03\0\0\0"s;

TEST(EachCommandAnsweredTest, StatementIsAnsweredWhenItIsCarriedOut) {
  for (const auto& request : {kPrepare + kExecute, kClose + kPrepare + kExecute}) {
    EXPECT_FALSE(each_command_answered(request, kPrepared));
    EXPECT_FALSE(each_command_answered(request, kPrepared + kDone.substr(0, 10)));
    EXPECT_TRUE(each_command_answered(request, kPrepared + kDone));
  }
}

TEST(EachCommandAnsweredTest, CommandByItselfHasOneAnswer) {
  EXPECT_TRUE(each_command_answered(kExecute, kDone));
}

TEST(EachCommandAnsweredTest, GreetingIsTheAnswerToNothing) {
  EXPECT_TRUE(each_command_answered("", "\x01\0\0\0\x0a"s));
}

}  // namespace
}  // namespace xaodbc::support

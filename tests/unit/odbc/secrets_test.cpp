#include <gtest/gtest.h>

#include <string_view>

#include "odbc/connection_string.h"
#include "odbc/dialect.h"
#include "tests/support/planted_secret.h"

namespace xaodbc::odbc {
namespace {

using support::traces_of;

class SecretsOfConnectionStrings : public testing::TestWithParam<int> {
 protected:
  void expect_only_in(const Secret& text) const {
    EXPECT_EQ(traces_of(planted_), 0U);
    EXPECT_TRUE(ConnectionString(text).get("PWD") == planted_.reveal());
  }

  const Secret planted_ = support::plant(static_cast<std::size_t>(GetParam()));
  config::ResourceSettings settings_;
};
INSTANTIATE_TEST_SUITE_P(All, SecretsOfConnectionStrings, testing::Values(10, 40));

TEST_P(SecretsOfConnectionStrings, PasswordOfTheResourceIsInNoCoreFile) {
  settings_.connection = Secret("Server=db;PWD=other");
  settings_.password = planted_;
  expect_only_in(complete_connection_string(settings_));
}

TEST_P(SecretsOfConnectionStrings, PasswordInBracesIsInNoCoreFile) {
  settings_.connection = Secret("Server=db;PWD={");
  settings_.connection += planted_.reveal();
  settings_.connection += "};OPTION=4194304";
  expect_only_in(complete_connection_string(settings_));
}

/// Braces are put around it, because of the blank.
TEST_P(SecretsOfConnectionStrings, PasswordThatNeedsBracesIsInNoCoreFile) {
  settings_.password = planted_;
  settings_.password += " ";
  const Secret text = complete_connection_string(settings_);
  EXPECT_EQ(traces_of(planted_), 0U);
  EXPECT_TRUE(ConnectionString(text).get("PWD") == settings_.password.reveal());
}

}  // namespace
}  // namespace xaodbc::odbc

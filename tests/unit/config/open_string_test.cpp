#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "config/settings.h"

namespace xaodbc::config {
namespace {

std::string error_of(const std::string& text) {
  const auto open = parse_open_string(text);
  if (open.has_value()) return "no error";
  EXPECT_TRUE(open.error().is(StatusCode::kInvalidArgument));
  return open.error().message();
}

TEST(OpenString, ABareNameIsTheResource) {
  const auto open = parse_open_string(" accounts ");
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(open->resource, "accounts");
  EXPECT_TRUE(open->ini.empty());
}

TEST(OpenString, KeysComeInAnyOrderWithBlanksAndATrailingSemicolon) {
  for (const char* text : {"resource=a;ini=/etc/x.ini", "ini=/etc/x.ini;resource=a",
                           " resource = a ; ini = /etc/x.ini ; "}) {
    const auto open = parse_open_string(text);
    ASSERT_TRUE(open.has_value()) << text;
    EXPECT_EQ(open->resource, "a");
    EXPECT_EQ(open->ini, "/etc/x.ini");
  }
}

TEST(OpenString, MissingResourceIsAnError) {
  EXPECT_NE(error_of("").find("name of the resource is empty"), std::string::npos);
  EXPECT_NE(error_of("   ").find("name of the resource is empty"), std::string::npos);
  EXPECT_NE(error_of("resource=").find("name of the resource is empty"), std::string::npos);
  EXPECT_NE(error_of("ini=/etc/x.ini").find("names no resource"), std::string::npos);
}

TEST(OpenString, LongestLengthIsReadAndALongerOneIsAnError) {
  EXPECT_TRUE(parse_open_string(std::string(255, 'a')).has_value());
  EXPECT_NE(error_of(std::string(256, 'a')).find("256 characters, at most 255"), std::string::npos);
}

TEST(OpenString, UnknownKeyIsNamedWithTheNearest) {
  EXPECT_NE(error_of("resorce=a").find("unknown key 'resorce', did you mean 'resource'?"),
            std::string::npos);
}

TEST(OpenString, ASecretIsRefusedAndNotRepeated) {
  for (const char* text : {"resource=a;password=hunter2", "resource=a;PWD=hunter2",
                           "resource=a;hunter2", "resource=a;passwort=hunter2"}) {
    EXPECT_EQ(error_of(text).find("hunter2"), std::string::npos) << text;
    EXPECT_NE(error_of(text), "no error") << text;
  }
}

TEST(OpenString, KeyGivenTwiceIsAnError) {
  EXPECT_NE(error_of("resource=a;resource=b").find("'resource' was given twice"),
            std::string::npos);
  EXPECT_NE(error_of("resource=a;ini=/a;ini=/b").find("'ini' was given twice"), std::string::npos);
}

TEST(OpenString, RelativeIniIsAnError) {
  EXPECT_NE(error_of("resource=a;ini=x.ini").find("absolute path"), std::string::npos);
}

TEST(OpenString, PartWithoutAnEqualsSignIsAnError) {
  EXPECT_NE(error_of("accounts;ini=/x").find("no '='"), std::string::npos);
}

TEST(FindIni, ExplicitPathWinsThenTheEnvironmentThenEtc) {
  ::setenv("XAODBC_INI", "/from/environment.ini", 1);
  EXPECT_EQ(find_ini("/explicit.ini"), "/explicit.ini");
  EXPECT_EQ(find_ini(""), "/from/environment.ini");
  ::setenv("XAODBC_INI", "", 1);
  EXPECT_EQ(find_ini(""), "/etc/xaodbc.ini");
  ::unsetenv("XAODBC_INI");
  EXPECT_EQ(find_ini(""), "/etc/xaodbc.ini");
}

}  // namespace
}  // namespace xaodbc::config

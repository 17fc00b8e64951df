#include "odbc/connection_string.h"

#include <gtest/gtest.h>

#include <string>

namespace xaodbc::odbc {
namespace {

TEST(ConnectionStringTest, KeysCompareWithoutCaseAndKeepTheirOrder) {
  const ConnectionString text("Driver=psql;UID=app;Server=db");
  EXPECT_EQ(text.get("uid"), "app");
  EXPECT_EQ(text.get("DRIVER"), "psql");
  EXPECT_EQ(text.text(), "Driver=psql;UID=app;Server=db;");
}

TEST(ConnectionStringTest, MissingKeyIsEmpty) {
  EXPECT_EQ(ConnectionString("UID=app").get("PWD"), "");
  EXPECT_EQ(ConnectionString().get("PWD"), "");
}

TEST(ConnectionStringTest, BracesKeepWhatWouldEndAValue) {
  const ConnectionString text("PWD={a;b=c d};UID=app");
  EXPECT_EQ(text.get("PWD"), "a;b=c d");
  EXPECT_EQ(text.get("UID"), "app");
}

TEST(ConnectionStringTest, DoubledClosingBraceIsOne) {
  EXPECT_EQ(ConnectionString("PWD={a}}b};UID=app").get("PWD"), "a}b");
  EXPECT_EQ(ConnectionString("PWD={}}};UID=app").get("UID"), "app");
  EXPECT_EQ(ConnectionString("PWD={}}}}}").get("PWD"), "}}");
}

TEST(ConnectionStringTest, BlanksAroundKeyAndPlainValueAreDropped) {
  const ConnectionString text(" UID =  app ; PWD = { x } ");
  EXPECT_EQ(text.get("UID"), "app");
  EXPECT_EQ(text.get("PWD"), " x ");
}

TEST(ConnectionStringTest, WhatIsNoPairIsDropped) {
  EXPECT_EQ(ConnectionString("nonsense").text(), "");
  EXPECT_EQ(ConnectionString(";;nonsense;UID=app;;").text(), "UID=app;");
  EXPECT_EQ(ConnectionString("=value;UID=app").text(), "UID=app;");
  EXPECT_EQ(ConnectionString("UID=").get("UID"), "");
}

TEST(ConnectionStringTest, UnclosedBraceTakesTheRest) {
  EXPECT_EQ(ConnectionString("PWD={a;b").get("PWD"), "a;b");
  EXPECT_EQ(ConnectionString("PWD={").get("PWD"), "");
}

TEST(ConnectionStringTest, RemoveTakesEveryOccurrence) {
  ConnectionString text("Protocol=7.4-1;UID=app;PROTOCOL=7.4-2");
  text.remove("protocol");
  EXPECT_EQ(text.text(), "UID=app;");
}

TEST(ConnectionStringTest, EveryValueReadsBackAsItWas) {
  for (const std::string value :
       {"plain", "", "a;b", "a}b", "}", "}}", "{", "{x}", "a=b", "50%25", "a+b", " leading",
        "trailing ", "quote'\"", "back\\slash", "\xc3\xa4\xc3\xb6", ";;", "}};"}) {
    ConnectionString text;
    text.add("PWD", value);
    text.add("UID", "app");
    const ConnectionString again(text.text());
    EXPECT_EQ(again.get("PWD"), value) << text.text().reveal();
    EXPECT_EQ(again.get("UID"), "app") << text.text().reveal();
  }
}

}  // namespace
}  // namespace xaodbc::odbc

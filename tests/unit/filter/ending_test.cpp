#include "filter/ending.h"

#include <gtest/gtest.h>

namespace xaodbc::filter {
namespace {

TEST(EndingTest, EveryWayToRollBackIsSeenWhereverItStands) {
  for (const auto* text :
       {"ROLLBACK", "rollback and chain", "Rollback To s", "SELECT 1;ROLLBACK WORK", "ABORT",
        "abort transaction", "SAVEPOINT s", "UPDATE t SET v = 1;SavePoint s;",
        "RELEASE savepoint s", "/* well */ROLLBACK/**/", "SELECT 'rollback'"}) {
    EXPECT_TRUE(may_roll_back(text)) << text;
  }
}

TEST(EndingTest, WhatEndsByItsTagOrNotAtAllDoesNotCount) {
  for (const auto* text : {"", "COMMIT", "END", "BEGIN", "PREPARE TRANSACTION 'g'", "SELECT 1",
                           "UPDATE t SET v = 1", "ROLL BACK", "rollbac", "save point", "abor"}) {
    EXPECT_FALSE(may_roll_back(text)) << text;
  }
}

}  // namespace
}  // namespace xaodbc::filter

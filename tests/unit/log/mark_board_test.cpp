#include "log/mark_board.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/scratch_directory.h"

namespace xaodbc::log {
namespace {

class MarkBoardTest : public testing::Test {
 protected:
  support::ScratchDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / kMarkBoardName;
  OpenFiles open_files_;
  MarkBoard mine_{directory_.path(), posix_files(), open_files_};
  MarkBoard others_{directory_.path(), posix_files(), open_files_};
};

TEST_F(MarkBoardTest, ReadsTheSameUntilSomebodyRings) {
  const auto before = mine_.read();
  EXPECT_EQ(mine_.read(), before);
  ASSERT_TRUE(others_.ring().is_ok());
  const auto after = mine_.read();
  EXPECT_NE(after, before);
  EXPECT_EQ(mine_.read(), after);
  ASSERT_TRUE(mine_.ring().is_ok());
  EXPECT_NE(mine_.read(), after) << "one's own";
}

TEST_F(MarkBoardTest, BellOfAnotherProcessIsUsedNotReplaced) {
  const auto theirs = others_.read();
  static_cast<void>(mine_.read());
  EXPECT_EQ(others_.read(), theirs);
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
}

TEST_F(MarkBoardTest, EveryRingIsHeardByThoseWhoHaveHeardOthers) {
  auto seen = mine_.read();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(others_.ring().is_ok());
    ASSERT_TRUE(others_.ring().is_ok()) << "nobody has made the next one yet";
    EXPECT_NE(mine_.read(), seen);
    seen = mine_.read();
  }
}

TEST_F(MarkBoardTest, SecondNameMakesItUnreadable) {
  static_cast<void>(mine_.read());
  std::filesystem::create_hard_link(path_, directory_.path() / "backup");
  EXPECT_NE(mine_.read(), mine_.read());
}

TEST_F(MarkBoardTest, WhatCannotBeReadIsNeverTwiceTheSame) {
  std::filesystem::remove_all(directory_.path());
  EXPECT_NE(mine_.read(), mine_.read());
}

TEST_F(MarkBoardTest, RingThatNobodyWouldHearFails) {
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(mine_.ring().is_ok());
}

}  // namespace
}  // namespace xaodbc::log

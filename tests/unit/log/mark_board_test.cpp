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

TEST_F(MarkBoardTest, ReadsTheSameUntilSomebodyPosts) {
  mine_.prepare();
  EXPECT_EQ(mine_.read(), 0U);
  EXPECT_EQ(mine_.read(), 0U);
  ASSERT_TRUE(others_.post(0x1122334455667788).is_ok());
  EXPECT_EQ(mine_.read(), 0x1122334455667788U);
  EXPECT_EQ(mine_.read(), mine_.read());
}

TEST_F(MarkBoardTest, PreparingAgainKeepsTheNumber) {
  ASSERT_TRUE(mine_.post(7).is_ok());
  others_.prepare();
  EXPECT_EQ(mine_.read(), 7U);
}

TEST_F(MarkBoardTest, WhatCannotBeReadIsNeverTwiceTheSame) {
  EXPECT_NE(mine_.read(), mine_.read()) << "no file";
  mine_.prepare();
  std::filesystem::resize_file(path_, 5);
  EXPECT_NE(mine_.read(), mine_.read()) << "half a number";
}

TEST_F(MarkBoardTest, RemovedFileIsMadeAgainByWhoPosts) {
  ASSERT_TRUE(mine_.post(7).is_ok());
  EXPECT_EQ(mine_.read(), 7U);
  std::filesystem::remove(path_);
  ASSERT_TRUE(others_.post(8).is_ok());
  EXPECT_EQ(mine_.read(), 8U);
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
}

TEST_F(MarkBoardTest, PostIntoADirectoryThatIsGoneFails) {
  std::filesystem::remove_all(directory_.path());
  EXPECT_FALSE(mine_.post(1).is_ok());
}

}  // namespace
}  // namespace xaodbc::log

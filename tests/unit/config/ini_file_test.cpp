#include "config/ini_file.h"

#include <gtest/gtest.h>

#include <string>

namespace xaodbc::config {
namespace {

std::string error_of(const std::string& text) {
  const auto file = IniFile::parse("/etc/x.ini", text);
  if (file.has_value()) return "no error";
  EXPECT_TRUE(file.error().is(StatusCode::kInvalidArgument));
  return file.error().message();
}

TEST(IniFile, SectionsAndKeysKeepTheOrderAndTheLinesOfTheFile) {
  const auto file = IniFile::parse("x.ini", "# head\n[b]\nk = 1\n\n[a]\n; note\nx=2\ny = 3\n");
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->sections().size(), 2U);
  EXPECT_EQ(file->sections()[0].name, "b");
  EXPECT_EQ(file->sections()[0].line, 2);
  EXPECT_EQ(file->sections()[1].name, "a");
  ASSERT_EQ(file->sections()[1].entries.size(), 2U);
  EXPECT_EQ(file->sections()[1].entries[1].key, "y");
  EXPECT_EQ(file->sections()[1].entries[1].line, 8);
  EXPECT_EQ(file->find("c"), nullptr);
}

TEST(IniFile, ValueIsTheRestOfTheLineWithEverythingInIt) {
  const auto file = IniFile::parse("x.ini", "[s]\npassword = \ta # b;c = \"d\"  \n");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->sections()[0].find("password")->value, "a # b;c = \"d\"");
}

TEST(IniFile, LinesOfOtherSystemsAndAMissingLastNewlineAreFine) {
  const auto file = IniFile::parse("x.ini", "[s]\r\nkey = value\r\n\r\nlast = one");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->sections()[0].find("key")->value, "value");
  EXPECT_EQ(file->sections()[0].find("last")->value, "one");
}

TEST(IniFile, EmptyValueIsAnEntry) {
  const auto file = IniFile::parse("x.ini", "[s]\nkey =\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->sections()[0].find("key")->value, "");
}

TEST(IniFile, EmptyTextHasNoSection) {
  const auto file = IniFile::parse("x.ini", "");
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(file->sections().empty());
}

TEST(IniFile, KeyBeforeTheFirstSectionIsAnError) {
  EXPECT_EQ(error_of("\nlog = /x\n"), "/etc/x.ini:2: key 'log' stands before the first [section]");
}

TEST(IniFile, SectionGivenTwiceNamesBothLines) {
  EXPECT_EQ(error_of("[a]\n[b]\n[a]\n"),
            "/etc/x.ini:3: section [a] was already given in line 1; join the two");
}

TEST(IniFile, KeyGivenTwiceNamesBothLines) {
  EXPECT_EQ(error_of("[a]\nk = 1\nk = 2\n"),
            "/etc/x.ini:3: [a] key 'k' was already given in line 2");
}

TEST(IniFile, LineThatIsNothingIsAnErrorAndIsNotRepeated) {
  const std::string error = error_of("[a]\npassword hunter2\n");
  EXPECT_EQ(error.rfind("/etc/x.ini:2: expected [section]", 0), 0U) << error;
  EXPECT_EQ(error.find("hunter2"), std::string::npos);
  EXPECT_EQ(error_of("[a]\nhun ter2 = 1\n").find("hun"), std::string::npos);
  EXPECT_EQ(error_of("[a]\n = 1\n").rfind("/etc/x.ini:2: expected", 0), 0U);
}

TEST(IniFile, BrokenSectionHeadsAreErrors) {
  for (const char* head : {"[]", "[ ]", "[", "[a", "[a] # note", "[a]b", "[a b]", "[a=b]"}) {
    EXPECT_EQ(error_of(head).rfind("/etc/x.ini:1: a section is [name]", 0), 0U) << head;
  }
}

TEST(IniFile, NulByteIsAnError) {
  EXPECT_EQ(error_of(std::string("[a]\nk = a\0b\n", 12)), "/etc/x.ini:2: the line has a NUL byte");
}

TEST(IniFile, LineOfTheLargestSizeIsReadAndALongerOneIsAnError) {
  const std::string head = "k = ";
  const std::string value(IniFile::kMaxLineSize - head.size(), 'x');
  const auto file = IniFile::parse("x.ini", "[a]\n" + head + value + "\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->sections()[0].entries[0].value, value);
  EXPECT_EQ(error_of("[a]\n" + head + value + "x\n"),
            "/etc/x.ini:2: the line has more than 4096 bytes");
}

TEST(IniFile, FileThatDoesNotExistIsNamedWithTheCause) {
  const auto file = IniFile::read("/nonexistent/x.ini");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().message(), "/nonexistent/x.ini cannot be read: No such file or directory");
}

TEST(IniFile, DirectoryInPlaceOfAFileIsRefused) {
  const auto file = IniFile::read("/etc");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().message(), "/etc is not a regular file");
}

}  // namespace
}  // namespace xaodbc::config

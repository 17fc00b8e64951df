#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "recovery/demo_bank.h"
#include "tests/support/child.h"
#include "tests/support/scratch_config.h"

// What the demonstration leaves in SQLite files; tool_test has it on servers.

namespace xaodbc {
namespace {

using recovery::DemoBanks;
using recovery::kBanks;
using support::exited;
using testing::HasSubstr;

class DemoOnFilesTest : public testing::Test {
 protected:
  DemoOnFilesTest() {
    for (const char* const bank : kBanks) {
      std::ofstream(file(bank)).flush();  // an empty database
      config_.add_resource(bank, {{"dialect", "sqlite"}, {"connection", connection_string(bank)}});
    }
  }
  [[nodiscard]] std::filesystem::path file(const std::string& bank) const {
    return config_.directory() / (bank + ".db");
  }
  [[nodiscard]] std::string connection_string(const std::string& bank) const {
    return "Driver=" XAODBC_SQLITE_DRIVER ";Database=" + file(bank).string();
  }
  /// Somebody who works on the file without the bridge and its extension.
  [[nodiscard]] support::SqlSession stranger(const std::string& bank) const {
    return support::SqlSession(connection_string(bank));
  }
  [[nodiscard]] std::vector<std::string> parts_of_schema(const std::string& bank) const {
    std::vector<std::string> names;
    for (const auto& row : stranger(bank).execute(
             "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex_%'")) {
      names.push_back(row.at(0).value());
    }
    return names;
  }

  support::ScratchConfig config_;
};

TEST_F(DemoOnFilesTest, LeavesOnlyTheListOfBranches) {
  const auto finished =
      support::run_program({XAODBC_TOOL_PATH, "demo", "--library", XAODBC_LIBRARY_PATH});
  EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  for (const char* const bank : kBanks) {
    EXPECT_THAT(parts_of_schema(bank), testing::Each(testing::StartsWith("xaodbc_branch")));
  }
}

TEST_F(DemoOnFilesTest, TablesOfABranchThatIsStillInDoubtStay) {
  auto banks = DemoBanks::open(config_.ini(), "run");
  ASSERT_TRUE(banks) << banks.error().message();
  ASSERT_EQ(banks->create_accounts().message(), "");
  const std::string side = "xaodbc_row_xaodbc_demo_run";
  stranger("bank-a").execute("CREATE TABLE " + side + "(a)");
  stranger("bank-a").execute("INSERT INTO " + side + " VALUES (1)");
  EXPECT_THAT(banks->drop_accounts().message(), HasSubstr("still in doubt"));
  EXPECT_THAT(parts_of_schema("bank-a"), testing::ElementsAre("xaodbc_demo_run", side));
  EXPECT_THAT(parts_of_schema("bank-b"), testing::IsEmpty());
}

}  // namespace
}  // namespace xaodbc

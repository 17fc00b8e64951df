#include "config/settings.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace xaodbc::config {
namespace {

/// A directory of its own for every test.
class Settings : public ::testing::Test {
 protected:
  Settings() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xaodbc-ini-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Settings() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path write(const std::string& name, const std::string& text,
                              mode_t mode = 0600) {
    const std::filesystem::path path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  Result<ResourceSettings> load(const std::string& text, const std::string& resource = "a") {
    return load_resource(write("x.ini", text), resource);
  }
  /// The error without the directory of the test in front.
  std::string error_of(const std::string& text, const std::string& resource = "a") {
    const auto settings = load(text, resource);
    if (settings.has_value()) return "no error";
    EXPECT_TRUE(settings.error().is(StatusCode::kInvalidArgument));
    return without_directory(settings.error().message());
  }
  std::string without_directory(std::string text) {
    const std::string prefix = directory_.string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  std::filesystem::path directory_;
};

TEST_F(Settings, OnlyADataSourceIsNeededAndAllElseHasItsDefault) {
  const auto settings = load("[a]\ndsn = a\n");
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  EXPECT_EQ(settings->name, "a");
  EXPECT_EQ(settings->ini, directory_ / "x.ini");
  EXPECT_EQ(settings->log_directory, "/var/lib/xaodbc");
  EXPECT_EQ(settings->dsn, "a");
  EXPECT_EQ(settings->connection, "");
  EXPECT_EQ(settings->user, "");
  EXPECT_EQ(settings->password, "");
  EXPECT_EQ(settings->dialect, "auto");
  EXPECT_EQ(settings->prepare, PrepareMode::kOnDemand);
  EXPECT_TRUE(settings->read_only);
  EXPECT_EQ(settings->guard, Guard::kFull);
  EXPECT_TRUE(settings->filter);
  EXPECT_EQ(settings->failed_statement, FailedStatement::kAbort);
  EXPECT_EQ(settings->branch_timeout.count(), 0);
  EXPECT_EQ(settings->verb_timeout.count(), 30);
  EXPECT_EQ(settings->connections_max, 64U);
}

TEST_F(Settings, EveryKeyIsRead) {
  const auto settings = load(
      "[a]\nlog = /l\nconnection = Driver=x;PWD=hunter2\nuser = u\npassword = p # ; q\n"
      "dialect = mariadb\nprepare = at_end\nread_only = off\nguard = light\nfilter = off\n"
      "failed_statement = undo\nbranch_timeout = 7\nverb_timeout = 8\nconnections_max = 9\n");
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  EXPECT_EQ(settings->log_directory, "/l");
  EXPECT_EQ(settings->connection, "Driver=x;PWD=hunter2");
  EXPECT_EQ(settings->dsn, "");
  EXPECT_EQ(settings->user, "u");
  EXPECT_EQ(settings->password, "p # ; q");
  EXPECT_EQ(settings->dialect, "mariadb");
  EXPECT_EQ(settings->prepare, PrepareMode::kAtEnd);
  EXPECT_FALSE(settings->read_only);
  EXPECT_EQ(settings->guard, Guard::kLight);
  EXPECT_FALSE(settings->filter);
  EXPECT_EQ(settings->failed_statement, FailedStatement::kUndo);
  EXPECT_EQ(settings->branch_timeout.count(), 7);
  EXPECT_EQ(settings->verb_timeout.count(), 8);
  EXPECT_EQ(settings->connections_max, 9U);
}

TEST_F(Settings, SectionOverridesTheDefaultsWhereverTheyStand) {
  const auto settings =
      load("[a]\ndsn = a\nverb_timeout = 5\n[xaodbc]\nverb_timeout = 9\nguard = light\n");
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  EXPECT_EQ(settings->verb_timeout.count(), 5);
  EXPECT_EQ(settings->guard, Guard::kLight);
}

TEST_F(Settings, SectionsOwnSourceAndSecretReplaceThoseOfTheDefaults) {
  const auto secret = write("secret", "from file\n");
  const auto replaced = load("[xaodbc]\ndsn = d\npassword = p\n[a]\nconnection = Driver=x\n" +
                             ("password_file = " + secret.string() + "\n"));
  ASSERT_TRUE(replaced.has_value()) << replaced.error().message();
  EXPECT_EQ(replaced->dsn, "");
  EXPECT_EQ(replaced->connection, "Driver=x");
  EXPECT_EQ(replaced->password, "from file");
}

TEST_F(Settings, UnknownKeyIsNamedWithFileLineAndTheNearestKnownKey) {
  EXPECT_EQ(error_of("[a]\ndsn = a\nverb_timeuot = 3\n"),
            "x.ini:3: [a] unknown key 'verb_timeuot', did you mean 'verb_timeout'?");
  EXPECT_EQ(error_of("[xaodbc]\nzebra = 3\n[a]\ndsn = a\n"),
            "x.ini:2: [xaodbc] unknown key 'zebra', known are: log, dsn, connection, user, "
            "password, password_file, dialect, prepare, read_only, guard, filter, "
            "failed_statement, branch_timeout, verb_timeout, connections_max");
}

TEST_F(Settings, TypoInAnotherSectionIsToldAtOnce) {
  EXPECT_EQ(error_of("[a]\ndsn = a\n[b]\ndsn = b\nguard = fulll\n"),
            "x.ini:5: [b] guard is 'fulll', allowed are full | light");
}

TEST_F(Settings, UnknownResourceListsThoseThatThereAre) {
  EXPECT_EQ(error_of("[xaodbc]\n[b]\ndsn = b\n[c]\ndsn = c\n"),
            "x.ini: no resource 'a'; the file has: b, c");
  EXPECT_EQ(error_of("[xaodbc]\n"),
            "x.ini: no resource 'a'; the file has no resource at all, add a section for it");
  EXPECT_EQ(error_of("[xaodbc]\n[a]\ndsn = a\n", "scott/tiger@a"),
            "x.ini: no resource as the open string names; the file has: a");
  EXPECT_EQ(error_of("[xaodbc]\n[a]\ndsn = a\n", "xaodbc"),
            "x.ini: no resource 'xaodbc'; the file has: a");
}

TEST_F(Settings, WordsThatAreNotAllowedListTheAllowedOnes) {
  const auto error = [&](const std::string& line) { return error_of("[a]\ndsn = a\n" + line); };
  EXPECT_EQ(error("read_only = yes"), "x.ini:3: [a] read_only is 'yes', allowed are on | off");
  EXPECT_EQ(error("guard = Full"), "x.ini:3: [a] guard is 'Full', allowed are full | light");
  EXPECT_EQ(error("prepare ="),
            "x.ini:3: [a] prepare is '', allowed are on_demand | alone | at_end");
  EXPECT_EQ(error("failed_statement = x"),
            "x.ini:3: [a] failed_statement is 'x', allowed are abort | undo");
  EXPECT_EQ(error("dialect = oracle"),
            "x.ini:3: [a] dialect is 'oracle', allowed are auto | postgresql | mariadb | sqlite");
  EXPECT_EQ(error("guard = " + std::string(50, 'x')),
            "x.ini:3: [a] guard is '" + std::string(40, 'x') + "...', allowed are full | light");
}

TEST_F(Settings, NumbersOutsideOfTheirRangeAreRefusedAndTheRangeIsTold) {
  const auto error = [&](const std::string& line) { return error_of("[a]\ndsn = a\n" + line); };
  for (const char* value : {"0", "10001", "-1", "+1", "", "1x", "1 2", "0x10", "99999999999"}) {
    EXPECT_EQ(error(std::string("connections_max = ") + value),
              std::string("x.ini:3: [a] connections_max is '") + value +
                  "', allowed are whole numbers from 1 to 10000");
  }
  EXPECT_EQ(error("verb_timeout = 0"),
            "x.ini:3: [a] verb_timeout is '0', allowed are whole numbers from 1 to 3600");
  EXPECT_EQ(error("branch_timeout = 2592001"),
            "x.ini:3: [a] branch_timeout is '2592001', allowed are whole numbers from 0 to "
            "2592000");
  EXPECT_EQ(error("connections_max = 1"), "no error");
  EXPECT_EQ(error("connections_max = 10000"), "no error");
}

TEST_F(Settings, ExactlyOneSourceIsNeeded) {
  EXPECT_EQ(error_of("[a]\nuser = u\n"),
            "x.ini:1: [a] has neither 'dsn' nor 'connection', so it leads to no database");
  EXPECT_EQ(error_of("[a]\ndsn = a\nconnection = Driver=x\n"),
            "x.ini:2: [a] both 'dsn' and 'connection' are given, only one may be");
}

TEST_F(Settings, OnlyOneSecretMayBeGiven) {
  EXPECT_EQ(error_of("[a]\ndsn = a\npassword = hunter2\npassword_file = /x\n"),
            "x.ini:3: [a] both 'password' and 'password_file' are given, only one may be");
}

TEST_F(Settings, DataSourceNameThatWouldSmuggleInOtherKeysIsRefused) {
  EXPECT_EQ(error_of("[a]\ndsn = a;Trace=1\n").rfind("x.ini:2: [a] dsn is no data source", 0), 0U);
  EXPECT_EQ(error_of("[a]\ndsn =\n").rfind("x.ini:2: [a] dsn is empty", 0), 0U);
}

TEST_F(Settings, ConnectionIsNeverRepeated) {
  const std::string error = error_of("[a]\nconnection = hunter2\n");
  EXPECT_EQ(error.rfind("x.ini:2: [a] connection is no connection string", 0), 0U) << error;
  EXPECT_EQ(error.find("hunter2"), std::string::npos);
}

TEST_F(Settings, SlipThatWouldMakeThePasswordAPartOfAnotherValueIsRefused) {
  for (const std::string text :
       {"Driver={Pg;Servername=here;PWD=hunter2", "Driver={Pg}};PWD=hunter2",
        "Driver={Pg};Servername=here:pwd=hunter2;Port=1",
        "Driver={Pg};Servername={here;Password=hunter2};Port=1",
        "Driver={Pg};UID=me PWD=hunter2"}) {
    const std::string error = error_of("[a]\nconnection = " + text + "\n");
    EXPECT_EQ(error.rfind("x.ini:2: [a] connection has a slip at ", 0), 0U) << error;
    EXPECT_EQ(error.find("hunter2"), std::string::npos);
  }
}

TEST_F(Settings, PasswordMayHoldAnything) {
  for (const std::string text : {"Driver={Pg};PWD={a}};PWD=b};Port=1", "Driver=Pg;pwd=PWD=hunter2",
                                 "Driver={Pg}; PWD = x"}) {
    EXPECT_EQ(error_of("[a]\nconnection = " + text + "\n"), "no error");
  }
}

TEST_F(Settings, RelativePathsAreRefused) {
  EXPECT_EQ(error_of("[a]\ndsn = a\nlog = var/log\n"),
            "x.ini:3: [a] log is 'var/log', an absolute path is needed (starting with /)");
  EXPECT_EQ(error_of("[a]\ndsn = a\npassword_file = secret\n"),
            "x.ini:3: [a] password_file is 'secret', an absolute path is needed (starting with /)");
}

TEST_F(Settings, PasswordIsTheFirstLineOfItsFile) {
  for (const char* text : {"p w;#", "p w;#\n", "p w;#\r\n", "p w;#\nmore\n"}) {
    const auto secret = write("secret", text);
    const auto settings = load("[a]\ndsn = a\npassword_file = " + secret.string() + "\n");
    ASSERT_TRUE(settings.has_value()) << settings.error().message();
    EXPECT_EQ(settings->password, "p w;#");
    EXPECT_EQ(settings->password_file, secret);
  }
}

TEST_F(Settings, PasswordFileOpenToOthersIsRefused) {
  for (const mode_t mode : {0604U, 0602U, 0601U, 0644U}) {
    const auto secret = write("secret", "hunter2\n", mode);
    EXPECT_EQ(error_of("[a]\ndsn = a\npassword_file = " + secret.string() + "\n"),
              "x.ini:3: [a] password_file secret is open to every user of this host; run: chmod "
              "o= secret");
  }
  const auto group = write("secret", "hunter2\n", 0640);
  EXPECT_TRUE(load("[a]\ndsn = a\npassword_file = " + group.string() + "\n").has_value());
}

TEST_F(Settings, PasswordFileThatIsNoneIsRefused) {
  const auto error = [&](const std::string& path) {
    return error_of("[a]\ndsn = a\npassword_file = " + path + "\n");
  };
  const std::string prefix = "x.ini:3: [a] password_file ";
  EXPECT_EQ(error("/nonexistent/s"),
            prefix + "/nonexistent/s cannot be read: No such file or directory");
  EXPECT_EQ(error("/etc"), prefix + "/etc is not a regular file");
  const auto fifo = directory_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(error(fifo.string()), prefix + "fifo is not a regular file");
  EXPECT_EQ(error(write("secret", "\nhunter2\n").string()),
            prefix + "secret has an empty first line; write the password there");
  EXPECT_EQ(error(write("secret", std::string("a\0b", 3)).string()),
            prefix + "secret has a NUL byte");
  EXPECT_EQ(error(write("secret", std::string(65537, 'x')).string()),
            prefix + "secret has more than 65536 bytes");
}

TEST_F(Settings, SecretOfAnotherResourceIsNotNeeded) {
  const std::string text = "[a]\ndsn = a\n[b]\ndsn = b\npassword_file = /nonexistent/s\n";
  EXPECT_TRUE(load(text, "a").has_value());
  EXPECT_FALSE(load(text, "b").has_value());
  EXPECT_FALSE(load_all(directory_ / "x.ini").has_value());
  const auto all = load_without_secrets(directory_ / "x.ini");
  ASSERT_TRUE(all.has_value());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[1].name, "b");
  EXPECT_EQ((*all)[1].password_file, "/nonexistent/s");
}

TEST_F(Settings, AllResourcesComeInTheOrderOfTheFile) {
  const auto all = load_all(write("x.ini", "[b]\ndsn = 1\n[xaodbc]\n[a]\ndsn = 2\n"));
  ASSERT_TRUE(all.has_value());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].name, "b");
  EXPECT_EQ((*all)[1].name, "a");
}

TEST_F(Settings, MissingFileIsNamed) {
  const auto settings = load_resource(directory_ / "none.ini", "a");
  ASSERT_FALSE(settings.has_value());
  EXPECT_EQ(without_directory(settings.error().message()),
            "none.ini cannot be read: No such file or directory");
}

/// Every secret that the user wrote stays out of every error (I10), whatever else is wrong.
TEST_F(Settings, NoErrorRepeatsASecret) {
  const std::string good = "[a]\nconnection = Driver=x;PWD=hunter2\npassword = hunter2\n";
  for (const char* mistake :
       {"guard = x\n", "zebra = 1\n", "password = hunter2\n", "dsn = x\n", "password_file = x\n",
        "hunter 2\n", "[a]\n", "verb_timeout = x\n", "connection = hunter2\n"}) {
    const std::string error = error_of(good + mistake);
    EXPECT_NE(error, "no error") << mistake;
    EXPECT_EQ(error.find("hunter2"), std::string::npos) << error;
  }
}

std::filesystem::path examples() {
  return std::filesystem::path(__FILE__).parent_path() / "../../../config/examples";
}

TEST(Examples, IniFileParsesAndItsFirstResourceHasItsSecretOutside) {
  const auto all = load_without_secrets(examples() / "xaodbc.ini");
  ASSERT_TRUE(all.has_value()) << all.error().message();
  std::vector<std::string> names;
  for (const ResourceSettings& settings : *all) names.push_back(settings.name);
  EXPECT_EQ(names, (std::vector<std::string>{"accounts", "orders", "bank-a", "bank-b"}));
  const auto orders = load_resource(examples() / "xaodbc.ini", "orders");
  ASSERT_TRUE(orders.has_value()) << orders.error().message();
  EXPECT_EQ(orders->password, "change#me;please");
  EXPECT_EQ(orders->connections_max, 16U);
}

}  // namespace
}  // namespace xaodbc::config

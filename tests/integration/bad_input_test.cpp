#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using support::XaAnswer;
using testing::HasSubstr;
using testing::Not;

/// Stands wherever a password may stand, and may never be seen in an error (I10).
const std::string kPlanted = "Pl4nted-S3cret";

using Words = std::vector<std::string>;

/// xa_open refuses with that code, says all of that in one line, and leaves the rmid closed.
void expect_refused(const std::string& open_string, int code, const Words& words) {
  const int rmid = new_rmid();
  Tm tm(open_string, rmid);
  const XaAnswer answer = tm.open();
  EXPECT_EQ(answer, code) << open_string;
  for (const auto& word : words) EXPECT_THAT(answer.why, HasSubstr(word));
  EXPECT_THAT(answer.why, Not(HasSubstr(kPlanted)));
  EXPECT_EQ(answer.why.find_first_of("\r\n"), std::string::npos) << answer.why;
  EXPECT_TRUE(answer.why.starts_with("xa_open of rmid " + std::to_string(rmid))) << answer.why;
  EXPECT_EQ(tm.connection(), nullptr);
  EXPECT_EQ(tm.start(new_xid()), XAER_PROTO);
}

/// A configuration without a server behind it: nothing gets that far.
class BadInputTest : public testing::Test {
 protected:
  /// Replaces xaodbc.ini by that text.
  void write_ini(const std::string& text) const { std::ofstream(config_.ini()) << text; }
  [[nodiscard]] std::string with_ini(const std::filesystem::path& path) const {
    return "resource=accounts;ini=" + path.string();
  }
  [[nodiscard]] std::string line(int number) const {
    return config_.ini().string() + ":" + std::to_string(number);
  }

  support::ScratchConfig config_;
};

TEST_F(BadInputTest, OpenStringThatNamesNoResourceIsInvalid) {
  config_.add_resource("accounts", {{"dsn", "accounts"}});
  expect_refused("", XAER_INVAL, {"open string", "empty"});
  expect_refused("   ", XAER_INVAL, {"open string"});
  expect_refused("resource=", XAER_INVAL, {"open string"});
  expect_refused("ini=/etc/xaodbc.ini", XAER_INVAL, {"open string", "resource"});
  expect_refused("resource=accounts;resource=orders", XAER_INVAL, {"'resource'", "twice"});
}

TEST_F(BadInputTest, NullOpenStringIsInvalid) {
  EXPECT_EQ(xaodbc_switch.xa_open_entry(nullptr, new_rmid(), TMNOFLAGS), XAER_INVAL);
  EXPECT_THAT(xaodbc_last_error(), HasSubstr("null"));
}

TEST_F(BadInputTest, OpenStringOfMoreThan255CharactersIsInvalid) {
  config_.add_resource("accounts", {{"dsn", "accounts"}});
  for (const std::size_t size : {256U, 257U, 5000U}) {
    std::string text = "resource=accounts;ini=/";
    text.resize(size, 'x');
    expect_refused(text, XAER_INVAL, {"255"});
  }
}

TEST_F(BadInputTest, UnknownKeyOfTheOpenStringIsInvalidAndNamed) {
  expect_refused("resource=accounts;colour=" + kPlanted, XAER_INVAL, {"'colour'", "resource"});
  expect_refused("resourc=accounts", XAER_INVAL, {"'resourc'", "resource"});
}

TEST_F(BadInputTest, SecretInTheOpenStringIsRefusedAndNotRepeated) {
  expect_refused("resource=accounts;password=" + kPlanted, XAER_INVAL, {"secret"});
  expect_refused("accounts;PWD=" + kPlanted, XAER_INVAL, {"open string"});
  expect_refused("resource=accounts;" + kPlanted, XAER_INVAL, {"open string"});
}

TEST_F(BadInputTest, IniFileThatCannotBeReadIsInvalidAndNamed) {
  const auto missing = config_.directory() / "missing.ini";
  expect_refused(with_ini(missing), XAER_INVAL, {missing, "No such file"});
  expect_refused(with_ini(config_.directory()), XAER_INVAL,
                 {config_.directory(), "not a regular file"});
  expect_refused("resource=accounts;ini=relative.ini", XAER_INVAL, {"'ini'", "absolute"});
}

TEST_F(BadInputTest, UnknownKeyOfTheIniFileIsInvalidWithFileLineAndSuggestion) {
  write_ini("[xaodbc]\n# a comment\n[accounts]\ndsn = accounts\npasword = " + kPlanted + "\n");
  expect_refused("accounts", XAER_INVAL, {line(5), "'pasword'", "password"});
}

TEST_F(BadInputTest, UnknownKeyOfAnotherResourceIsToldToo) {
  write_ini("[accounts]\ndsn = accounts\n[orders]\ndsn = orders\nsecret = " + kPlanted + "\n");
  expect_refused("accounts", XAER_INVAL, {line(5), "[orders]", "'secret'"});
}

TEST_F(BadInputTest, BadValueIsInvalidWithFileLineAndWhatIsAllowed) {
  write_ini("[accounts]\ndsn = accounts\npassword = " + kPlanted + "\nconnections_max = many\n");
  expect_refused("accounts", XAER_INVAL, {line(4), "connections_max", "'many'", "10000"});
  write_ini("[accounts]\ndsn = accounts\nguard = maybe\npassword = " + kPlanted + "\n");
  expect_refused("accounts", XAER_INVAL, {line(3), "guard", "full | light"});
}

TEST_F(BadInputTest, LineThatIsNoSettingIsInvalidAndNotQuoted) {
  write_ini("[accounts]\ndsn = accounts\n" + kPlanted + "\n");
  expect_refused("accounts", XAER_INVAL, {line(3)});
}

TEST_F(BadInputTest, UnknownResourceIsInvalidAndTheKnownOnesAreNamed) {
  config_.add_resource("accounts", {{"dsn", "accounts"}, {"password", kPlanted}});
  config_.add_resource("orders", {{"dsn", "orders"}});
  expect_refused("acounts", XAER_INVAL, {config_.ini(), "'acounts'", "accounts", "orders"});
  expect_refused("xaodbc", XAER_INVAL, {"'xaodbc'"});
}

TEST_F(BadInputTest, ResourceWithoutOrWithTwoDataSourcesIsInvalid) {
  write_ini("[accounts]\nuser = app\npassword = " + kPlanted + "\n");
  expect_refused("accounts", XAER_INVAL, {line(1), "dsn", "connection"});
  write_ini("[accounts]\ndsn = accounts\nconnection = Driver=x;PWD=" + kPlanted + "\n");
  expect_refused("accounts", XAER_INVAL, {config_.ini(), "'dsn'", "'connection'"});
}

TEST_F(BadInputTest, PasswordFileThatCannotBeUsedIsInvalidAndNamed) {
  const auto secret = config_.directory() / "secret";
  write_ini("[accounts]\ndsn = accounts\npassword_file = " + secret.string() + "\n");
  expect_refused("accounts", XAER_INVAL, {line(3), secret, "No such file"});
  std::ofstream(secret) << kPlanted << '\n';
  std::filesystem::permissions(secret, std::filesystem::perms(0644));
  expect_refused("accounts", XAER_INVAL, {line(3), secret, "chmod"});
  std::ofstream(secret) << "";
  std::filesystem::permissions(secret, std::filesystem::perms(0600));
  expect_refused("accounts", XAER_INVAL, {line(3), secret, "empty"});
}

/// What only shows when the database or the log is really used.
class UnusableTest : public TmTest {};
INSTANTIATE_TEST_SUITE_P(All, UnusableTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(UnusableTest, WrongPasswordIsRmerrAndSaysWhereToLook) {
  config_.add_resource(
      "wrong",
      {{"connection", server().connection()}, {"user", server().user()}, {"password", kPlanted}});
  expect_refused("wrong", XAER_RMERR, {"password", "user", server().user()});
  config_.add_resource("inside", {{"connection", server().connection() + ";UID=" + server().user() +
                                                     ";PWD=" + kPlanted}});
  expect_refused("inside", XAER_RMERR, {"password"});
}

TEST_P(UnusableTest, UnknownDatabaseIsRmerrAndNamed) {
  config_.add_resource(
      "lost", {{"connection", server().connection(support::Transport::kSocket, "atlantis")},
               {"user", server().user()},
               {"password_file", server().password_file()}});
  expect_refused("lost", XAER_RMERR, {"atlantis"});
}

TEST_P(UnusableTest, ServerThatIsDownIsRmerrAndSaysWhatToCheck) {
  config_.add_resource(
      "down",
      {{"connection", server().connection()}, {"user", server().user()}, {"password", kPlanted}});
  server().stop();
  expect_refused("down", XAER_RMERR, {"check that the server runs"});
  server().start();
}

TEST_P(UnusableTest, LogDirectoryThatCannotBeMadeIsRmerrAndNamed) {
  const auto file = config_.directory() / "file";
  std::ofstream(file) << "";
  config_.add_resource("logless", server(), {{"log", (file / "log").string()}});
  expect_refused("logless", XAER_RMERR, {file, "set log in xaodbc.ini"});
}

/// The only segment in the log directory.
std::filesystem::path only_segment(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> segments;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".seg") segments.push_back(entry.path());
  }
  EXPECT_EQ(segments.size(), 1U);
  return segments.at(0);
}

/// Flips one byte in the middle of what was written.
void damage(const std::filesystem::path& segment) {
  std::ifstream in(segment, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto used = bytes.find_last_not_of('\0');
  const auto middle = bytes.find_last_not_of('\0', used / 2);
  bytes.at(middle) = static_cast<char>(~bytes.at(middle));
  std::ofstream(segment, std::ios::binary) << bytes;
}

// I6: a torn tail is cut, damage in the middle stops everything until somebody has looked.
TEST_P(UnusableTest, DamagedLogIsRmerrUntilItsSegmentIsSetAside) {
  EXPECT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              for (int i = 0; i < 20; ++i) {
                const XID xid = new_xid();
                prepare(tm_, xid, new_row());
                ASSERT_EQ(tm_.commit(xid), XA_OK);
              }
            }),
            exited(0));
  const auto segment = only_segment(config_.log_directory());
  damage(segment);
  expect_refused("accounts", XAER_RMERR,
                 {segment, "offset", "xaodbc log quarantine " + segment.string() + " --reason"});
  const auto set_aside = support::run_program(
      {XAODBC_TOOL_PATH, "log", "quarantine", segment, "--reason", "damaged by a test", "--yes"});
  EXPECT_EQ(set_aside.ending, exited(0)) << set_aside.output;
  EXPECT_EQ(tm_.open(), XA_OK);
}

TEST_F(BadInputTest, MissingDriverIsRmerrAndSaysWhatToInstall) {
  config_.add_resource("accounts", {{"connection", "Driver=/nowhere/driver.so;Server=x"},
                                    {"user", "app"},
                                    {"password", kPlanted}});
  expect_refused("accounts", XAER_RMERR, {"/nowhere/driver.so", "install"});
}

TEST_F(BadInputTest, MissingDataSourceIsRmerrAndSaysWhereItBelongs) {
  config_.add_resource("accounts", {{"dsn", "nowhere"}, {"user", "app"}, {"password", kPlanted}});
  expect_refused("accounts", XAER_RMERR, {"nowhere", "odbc.ini"});
}

// A server that refuses every PREPARE must not be found out by the first vote.
TEST_F(BadInputTest, ServerWithoutPreparedTransactionsIsRmerrAndNamesTheSetting) {
  PrivateServer unprepared(ServerKind::kPostgresql,
                           {.durable = false, .variables = {"max_prepared_transactions=0"}});
  config_.add_resource("accounts", unprepared);
  expect_refused("accounts", XAER_RMERR, {"max_prepared_transactions"});
}

}  // namespace
}  // namespace xaodbc

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "tests/integration/password_user.h"
#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Found by a search for any of its parts; the brace and the semicolon tempt an error message to
/// quote the connection string around it.
constexpr std::string_view kPassword = "Pla}nted;53cret";
constexpr std::string_view kParts[] = {"Pla}nted", "nted;53", "53cret"};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

/// A user with a password that everybody would recognise (I10).
class SecretsTest : public TmTest {
 protected:
  void SetUp() override {
    make_password_user(server(), "planted", std::string(kPassword));
    const auto file = secret_.write("secret", kPassword);
    use({{"user", "planted"}, {"password_file", file.string()}});
    config_.set("verb_timeout", "2");
  }
  void use(const Keys& keys) { config_.add_resource("accounts", keys); }

  static void expect_clean(const std::string& text, const std::string& where) {
    for (const auto part : kParts) {
      EXPECT_THAT(text, Not(HasSubstr(std::string(part)))) << where;
    }
  }
  static void expect_told(const support::XaAnswer& answer, int code) {
    EXPECT_EQ(answer, code);
    EXPECT_NE(answer.why, "");
    expect_clean(answer.why, "xaodbc_last_error()");
  }
  void expect_tool_clean(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {XAODBC_TOOL_PATH};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto finished = support::run_program(all);
    EXPECT_FALSE(finished.ending.by_signal);
    EXPECT_NE(finished.output, "") << arguments[0];
    expect_clean(finished.output, "xaodbc " + arguments[0]);
  }
  void expect_log_clean() {
    int files = 0;
    EXPECT_EQ(mode_of(config_.log_directory()), 0700U);
    for (const auto& entry : std::filesystem::directory_iterator(config_.log_directory())) {
      expect_clean(read_file(entry.path()), entry.path());
      EXPECT_EQ(mode_of(entry.path()), 0600U) << entry.path();
      ++files;
    }
    EXPECT_GT(files, 0);
  }
  static void expect_process_clean() {
    expect_clean(read_file("/proc/self/cmdline"), "the process list");
    for (char** variable = environ; *variable != nullptr; ++variable) {
      expect_clean(*variable, "the environment");
    }
  }

  support::ScratchDirectory secret_;
};
XAODBC_ON_BOTH_DATABASES(SecretsTest);

TEST_P(SecretsTest, NothingOfABranchInDoubtTellsThePassword) {
  ASSERT_EQ(tm_.open(), XA_OK) << "the planted password must be the right one";
  prepare(tm_, xid_, row_);
  expect_log_clean();
  expect_process_clean();
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"scan"},
                                             {"scan", "--json"},
                                             {"doctor"},
                                             {"log", "dump"},
                                             {"log", "verify"},
                                             {"show", "accounts", support::text_of(xid_)}}) {
    expect_tool_clean(arguments);
  }
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_P(SecretsTest, ErrorsOfAServerThatWentAwayDoNotTellThePassword) {
  ASSERT_EQ(tm_.open(), XA_OK);
  prepare(tm_, xid_, row_);
  server().stop();
  expect_told(tm_.start(new_xid()), XAER_RMFAIL);
  expect_told(tm_.rollback(xid_), XAER_RMFAIL);
  expect_told(tm_.recover_once(TMSTARTRSCAN), XAER_RMFAIL);
  expect_tool_clean({"scan"});
  expect_tool_clean({"doctor"});
  server().start();
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(SecretsTest, RefusedLoginDoesNotTellThePassword) {
  use({{"user", "nobody"}});
  expect_told(tm_.open(), XAER_RMERR);
  expect_tool_clean({"doctor"});
  expect_tool_clean({"scan"});
}

TEST_P(SecretsTest, PasswordInTheConnectionStringIsNotToldEither) {
  use({{"user", "nobody"},
       {"connection", server().connection() + ";Pwd={Pla}}nted;53cret};Server=no.such.host"}});
  expect_told(tm_.open(), XAER_RMERR);
  expect_tool_clean({"doctor"});
}

TEST_P(SecretsTest, PasswordOnALineThatCannotBeReadIsNotQuoted) {
  use({{"pasword", std::string(kPassword)}});
  expect_told(tm_.open(), XAER_INVAL);
  expect_tool_clean({"scan"});
  expect_tool_clean({"doctor"});
}

}  // namespace
}  // namespace xaodbc

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "config/settings.h"
#include "tests/support/child.h"
#include "tests/support/planted_secret.h"
#include "tests/support/scratch_directory.h"

namespace xaodbc::config {
namespace {

using support::traces_of;

/// A short password fits into a std::string itself, a long one lies outside of it.
class SecretsOfSettings : public testing::TestWithParam<int> {
 protected:
  /// By another process, so that no buffer of this one has had the password.
  [[nodiscard]] std::filesystem::path write(const std::string& name, const std::string& before,
                                            const std::string& after) const {
    const auto ending = support::run_in_child([&] {
      static_cast<void>(directory_.write(name, before + std::string(planted_.reveal()) + after));
    });
    EXPECT_EQ(ending, support::exited(0));
    return directory_.path() / name;
  }
  void expect_only_in(const Secret& secret, const std::string& around = "") const {
    EXPECT_EQ(traces_of(planted_), 0U);
    EXPECT_TRUE(secret.reveal().starts_with(around));
    EXPECT_TRUE(secret.reveal().substr(around.size()) == planted_.reveal());
  }

  support::ScratchDirectory directory_;
  const Secret planted_ = support::plant(static_cast<std::size_t>(GetParam()));
};
INSTANTIATE_TEST_SUITE_P(All, SecretsOfSettings, testing::Values(10, 40, 3000));

TEST_P(SecretsOfSettings, PasswordOfTheIniFileIsInNoCoreFile) {
  const auto ini = write("x.ini", "[xaodbc]\nuser = u\n[a]\ndsn = a\npassword = ", "\n");
  const auto settings = load_resource(ini, "a");
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  expect_only_in(settings->password);
}

TEST_P(SecretsOfSettings, PasswordForAllResourcesIsInNoCoreFile) {
  const auto ini = write("x.ini", "[xaodbc]\npassword = ", "\n[a]\ndsn = a\n[b]\ndsn = b\n");
  const auto all = load_all(ini);
  ASSERT_TRUE(all.has_value()) << all.error().message();
  for (const auto& settings : *all) expect_only_in(settings.password);
}

TEST_P(SecretsOfSettings, PasswordOfAPasswordFileIsInNoCoreFile) {
  const auto file = write("secret", "", "\r\nmore\n");
  const auto ini = directory_.write("x.ini", "[a]\ndsn = a\npassword_file = " + file.string());
  const auto settings = load_resource(ini, "a");
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  expect_only_in(settings->password);
}

TEST_P(SecretsOfSettings, PasswordOfAConnectionStringIsInNoCoreFile) {
  const auto ini = write("x.ini", "[a]\nconnection = Driver=x;PWD=", "\n");
  const auto settings = load_resource(ini, "a");
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  expect_only_in(settings->connection, "Driver=x;PWD=");
}

TEST_P(SecretsOfSettings, FileThatIsRefusedLeavesNoPasswordBehind) {
  for (const std::string after : {"\nzebra = 1\n", "\nverb_timeout = x\n", "\n[a]\n"}) {
    const auto ini = write("x.ini", "[a]\ndsn = a\npassword = ", after);
    EXPECT_FALSE(load_resource(ini, "a").has_value());
    EXPECT_EQ(traces_of(planted_), 0U) << after;
  }
}

}  // namespace
}  // namespace xaodbc::config

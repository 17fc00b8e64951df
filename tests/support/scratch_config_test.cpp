#include "tests/support/scratch_config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/shared_server.h"
#include "tests/support/sql_session.h"

namespace xaodbc::support {
namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(ScratchConfigTest, DataSourceOfItsOdbcIniReachesTheServer) {
  PrivateServer& server = shared_server(ServerKind::kPostgresql);
  ScratchConfig config;
  config.add_dsn("scratch", {{"Driver", XAODBC_POSTGRESQL_DRIVER},
                             {"Servername", "127.0.0.1"},
                             {"Port", std::to_string(server.port())},
                             {"Database", "app"}});
  SqlSession session("DSN=scratch;Uid=" + server.user() + ";Pwd=" + server.password());
  EXPECT_EQ(session.scalar("SELECT current_user"), "app");
}

TEST(ScratchConfigTest, ResourceNamesTheServerButNoPassword) {
  PrivateServer& server = shared_server(ServerKind::kPostgresql);
  ScratchConfig config;
  config.add_resource("accounts", server, {{"guard", "light"}});
  const std::string ini = content(config.ini());
  EXPECT_NE(ini.find("[accounts]\nconnection = " + server.connection() + "\n"), std::string::npos);
  EXPECT_NE(ini.find("guard = light\n"), std::string::npos);
  EXPECT_NE(ini.find("[xaodbc]\nlog = " + config.log_directory().string() + "\n"),
            std::string::npos);
  EXPECT_EQ(ini.find(server.password()), std::string::npos);
}

TEST(ScratchConfigTest, EnvironmentAndDirectoryAreRestored) {
  setenv("XAODBC_INI", "/before", 1);
  unsetenv("ODBCINI");
  std::filesystem::path directory;
  {
    const ScratchConfig config;
    directory = config.directory();
    EXPECT_EQ(std::getenv("XAODBC_INI"), config.ini());
    EXPECT_EQ(std::getenv("ODBCINI"), config.odbc_ini());
  }
  EXPECT_STREQ(std::getenv("XAODBC_INI"), "/before");
  EXPECT_EQ(std::getenv("ODBCINI"), nullptr);
  EXPECT_FALSE(std::filesystem::exists(directory));
}

}  // namespace
}  // namespace xaodbc::support

#include "tests/support/scratch_config.h"

#include <cstdlib>

namespace xaodbc::support {
namespace {

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void restore_environment(const char* name, const std::optional<std::string>& value) {
  if (value) {
    setenv(name, value->c_str(), 1);
  } else {
    unsetenv(name);
  }
}

std::string text_of(const std::map<std::string, std::map<std::string, std::string>>& sections) {
  std::string text;
  for (const auto& [section, keys] : sections) {
    text += "[" + section + "]\n";
    for (const auto& [key, value] : keys) {
      text += key + " = " + value + "\n";
    }
  }
  return text;
}

}  // namespace

ScratchConfig::ScratchConfig()
    : previous_xaodbc_ini_(environment("XAODBC_INI")), previous_odbc_ini_(environment("ODBCINI")) {
  setenv("XAODBC_INI", ini().c_str(), 1);
  setenv("ODBCINI", odbc_ini().c_str(), 1);
  set("log", log_directory());
}

ScratchConfig::~ScratchConfig() {
  restore_environment("XAODBC_INI", previous_xaodbc_ini_);
  restore_environment("ODBCINI", previous_odbc_ini_);
}

void ScratchConfig::set(const std::string& key, const std::string& value) {
  change(xaodbc_, "xaodbc", {{key, value}});
}

void ScratchConfig::add_resource(const std::string& name, const Keys& keys) {
  change(xaodbc_, name, keys);
}

void ScratchConfig::add_resource(const std::string& name, PrivateServer& server, const Keys& more) {
  change(xaodbc_, name, {{"connection", server.connection()}});
  if (server.kind() == ServerKind::kSqlite) {
    change(xaodbc_, name, {{"dialect", "sqlite"}});
  } else {
    change(xaodbc_, name, {{"user", server.user()}, {"password_file", server.password_file()}});
  }
  change(xaodbc_, name, more);
}

void ScratchConfig::add_dsn(const std::string& name, const Keys& keys) {
  change(odbc_, name, keys);
}

void ScratchConfig::change(Sections& sections, const std::string& section, const Keys& keys) {
  auto& known = sections[section];
  for (const auto& [key, value] : keys) {
    known[key] = value;
  }
  static_cast<void>(directory_.write("xaodbc.ini", text_of(xaodbc_)));
  static_cast<void>(directory_.write("odbc.ini", text_of(odbc_)));
}

}  // namespace xaodbc::support

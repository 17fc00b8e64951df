#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/private_server.h"
#include "tests/support/scratch_directory.h"

namespace xaodbc::support {

using Keys = std::vector<std::pair<std::string, std::string>>;

/// An xaodbc.ini and an odbc.ini in a directory of their own. $XAODBC_INI and $ODBCINI of this
/// process name them until the object goes; one at a time. Every change is written at once. The
/// branch log is kept in the same directory.
class ScratchConfig {
 public:
  ScratchConfig();
  ScratchConfig(const ScratchConfig&) = delete;
  ScratchConfig& operator=(const ScratchConfig&) = delete;
  ~ScratchConfig();

  /// A key of the [xaodbc] section.
  void set(const std::string& key, const std::string& value);
  /// A resource with the keys given, or more keys for one that exists; a key given twice keeps the
  /// later value.
  void add_resource(const std::string& name, const Keys& keys);
  /// A resource on `server`, by connection string, as the user app.
  void add_resource(const std::string& name, PrivateServer& server, const Keys& more = {});
  /// A section of odbc.ini.
  void add_dsn(const std::string& name, const Keys& keys);

  [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }
  [[nodiscard]] std::filesystem::path ini() const { return directory_.path() / "xaodbc.ini"; }
  [[nodiscard]] std::filesystem::path odbc_ini() const { return directory_.path() / "odbc.ini"; }
  [[nodiscard]] std::filesystem::path log_directory() const { return directory_.path() / "log"; }

 private:
  using Sections = std::map<std::string, std::map<std::string, std::string>>;
  void change(Sections& sections, const std::string& section, const Keys& keys);

  ScratchDirectory directory_;
  Sections xaodbc_;
  Sections odbc_;
  std::optional<std::string> previous_xaodbc_ini_;
  std::optional<std::string> previous_odbc_ini_;
};

}  // namespace xaodbc::support

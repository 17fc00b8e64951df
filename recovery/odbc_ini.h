#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xaodbc::recovery {

/// An odbc.ini or odbcinst.ini, read as forgivingly as the driver manager does: names in any case,
/// what is not understood is skipped, and so are passwords.
class OdbcIni {
 public:
  OdbcIni() = default;
  OdbcIni(std::filesystem::path path, std::string_view text);
  /// An unreadable file is an empty one; `found()` tells.
  static OdbcIni read(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool found() const { return found_; }
  [[nodiscard]] bool has(std::string_view section) const;
  /// "" when there is no such key.
  [[nodiscard]] std::string get(std::string_view section, std::string_view key) const;
  [[nodiscard]] std::vector<std::string> sections() const;
  /// The first section in which there is a password.
  [[nodiscard]] const std::optional<std::string>& password_section() const {
    return password_section_;
  }

 private:
  struct Section {
    std::string name;
    std::vector<std::pair<std::string, std::string>> entries;
  };
  std::filesystem::path path_;
  bool found_ = false;
  std::vector<Section> sections_;
  std::optional<std::string> password_section_;
};

/// Where the driver manager looks: $ODBCSYSINI or /etc for odbcinst.ini and the system's odbc.ini,
/// $ODBCINI or ~/.odbc.ini for the user's.
struct OdbcFiles {
  OdbcIni drivers;
  OdbcIni user;
  OdbcIni system;

  static OdbcFiles read();
};

}  // namespace xaodbc::recovery

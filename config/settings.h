#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/status.h"

namespace xaodbc::config {

enum class PrepareMode { kOnDemand, kAlone, kAtEnd };
enum class Guard { kFull, kLight };
enum class FailedStatement { kAbort, kUndo };

/// One resource of xaodbc.ini, defaults filled in. See config/examples/xaodbc.ini for what each
/// key means.
struct ResourceSettings {
  std::string name;
  std::filesystem::path ini;  ///< the file it came from
  std::filesystem::path log_directory = "/var/lib/xaodbc";
  std::string dsn;  ///< exactly one of dsn and connection is set
  Secret connection;
  std::string user;
  Secret password;                      ///< from password or password_file; never printed (I10)
  std::filesystem::path password_file;  ///< empty when the password stands in the ini or nowhere
  std::string dialect = "auto";
  PrepareMode prepare = PrepareMode::kOnDemand;
  bool read_only = true;
  Guard guard = Guard::kFull;
  bool filter = true;
  FailedStatement failed_statement = FailedStatement::kAbort;
  std::chrono::seconds branch_timeout{0};
  std::chrono::seconds verb_timeout{30};
  unsigned connections_max = 64;
};

/// The open string of xa_open: `accounts`, or `resource=accounts;ini=/etc/xaodbc.ini`.
struct OpenString {
  std::string resource;
  std::filesystem::path ini;  ///< empty: $XAODBC_INI, else /etc/xaodbc.ini
};

/// kInvalidArgument: empty, longer than 255 characters, an unknown key, no resource.
Result<OpenString> parse_open_string(std::string_view text);

/// `explicit_path` when not empty, else $XAODBC_INI, else /etc/xaodbc.ini.
std::filesystem::path find_ini(const std::filesystem::path& explicit_path);

/// The whole file is checked, whatever resource is asked for: a typo anywhere is told at once.
/// Only the secret of that resource is read: users of one host may share an ini file and not their
/// secrets. kInvalidArgument with file, line and key: unreadable file, unknown key, bad value, a
/// key given twice, unreadable or world-readable password_file, no such resource (the known ones
/// are named).
Result<ResourceSettings> load_resource(const std::filesystem::path& ini, std::string_view resource);

/// Every resource of the file, in the order of the file. Errors as load_resource.
Result<std::vector<ResourceSettings>> load_all(const std::filesystem::path& ini);

/// As load_all, but no password_file is read: for those who need no secret, or who go on with the
/// other resources when the secret of one cannot be read.
Result<std::vector<ResourceSettings>> load_without_secrets(const std::filesystem::path& ini);

}  // namespace xaodbc::config

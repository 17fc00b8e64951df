#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xaodbc::odbc {

/// Identity of a MariaDB session: `id|client address|server start in seconds since 1970`. Ids begin
/// again with every server start, so the id alone could mean somebody else. The start is read as
/// UNIX_TIMESTAMP() - UPTIME, which the server computes from one reading of its clock, so that it
/// is the same second whenever it is asked for.
struct MariadbSession {
  std::string id;
  std::string host;
  std::int64_t server_start = 0;

  static std::optional<MariadbSession> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  /// A condition on information_schema.PROCESSLIST that is true for this session only.
  [[nodiscard]] std::string condition() const;
};

}  // namespace xaodbc::odbc

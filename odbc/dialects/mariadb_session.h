#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xaodbc::odbc {

/// Identity of a MariaDB session: `id|client address|server start in seconds since 1970`. Ids begin
/// again with every server start, so the id alone could mean somebody else.
struct MariadbSession {
  std::string id;
  std::string host;
  std::int64_t server_start = 0;

  static std::optional<MariadbSession> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  /// A condition on information_schema.PROCESSLIST that is true for this session only.
  [[nodiscard]] std::string condition() const;
};

/// Counts the seconds of the server's start; two readings of one start differ by rounding only.
constexpr std::int64_t kServerStartSlack = 2;

}  // namespace xaodbc::odbc

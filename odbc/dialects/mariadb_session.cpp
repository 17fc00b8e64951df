#include "odbc/dialects/mariadb_session.h"

#include <algorithm>
#include <charconv>

namespace xaodbc::odbc {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 19 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Host names, addresses and ports; whatever else a log holds is not put into SQL.
bool is_host(std::string_view text) {
  return text.size() <= 300 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view(".:-_%[]").find(c) != std::string_view::npos;
         });
}

}  // namespace

std::optional<MariadbSession> MariadbSession::parse(std::string_view text) {
  const auto first = text.find('|');
  const auto last = text.rfind('|');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  MariadbSession session{std::string(text.substr(0, first)),
                         std::string(text.substr(first + 1, last - first - 1)), 0};
  const auto start = text.substr(last + 1);
  if (!is_number(session.id) || !is_host(session.host) || !is_number(start)) return std::nullopt;
  std::from_chars(start.data(), start.data() + start.size(), session.server_start);
  return session;
}

std::string MariadbSession::to_string() const {
  return id + "|" + host + "|" + std::to_string(server_start);
}

std::string MariadbSession::condition() const {
  // UPTIME wraps around where the application has set the session's clock before the server's
  // start.
  const std::string start =
      "(SELECT UNIX_TIMESTAMP() - CAST(CAST(VARIABLE_VALUE AS UNSIGNED) AS SIGNED)"
      " FROM information_schema.GLOBAL_STATUS"
      " WHERE VARIABLE_NAME = 'UPTIME')";
  return "ID = " + id + " AND HOST = '" + host + "' AND " + start + " = " +
         std::to_string(server_start);
}

}  // namespace xaodbc::odbc

#include "odbc/dialects/mariadb_xid.h"

#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "odbc/dialects/row_number.h"

namespace xaodbc::odbc {
namespace {

/// Takes `X'..'` or `'..'` of `size` bytes from the front. The length decides where a quoted text
/// ends, so that a quote inside it cannot mislead.
std::optional<std::string> take_part(std::string_view& text, std::size_t size) {
  const bool hex = text.starts_with("X'") || text.starts_with("x'");
  const std::size_t digits = hex ? size * 2 : size;
  const std::size_t prefix = hex ? 2 : 1;
  if (text.size() < prefix + digits + 1 || text[prefix - 1] != '\'' ||
      text[prefix + digits] != '\'') {
    return std::nullopt;
  }
  const auto body = text.substr(prefix, digits);
  text.remove_prefix(prefix + digits + 1);
  return hex ? from_hex(body) : std::optional(std::string(body));
}

}  // namespace

std::string to_mariadb(const Xid& xid) {
  return "X'" + to_hex(xid.gtrid()) + "',X'" + to_hex(xid.bqual()) + "'," +
         std::to_string(xid.format_id());
}

std::optional<Xid> from_mariadb(const Row& row) {
  std::int64_t format_id = 0;
  std::size_t gtrid_size = 0;
  std::size_t bqual_size = 0;
  if (row.size() != 4 || !read_number(row[0], format_id) || !read_number(row[1], gtrid_size) ||
      !read_number(row[2], bqual_size) || !row[3] || gtrid_size > Xid::kMaxPartSize ||
      bqual_size > Xid::kMaxPartSize) {
    return std::nullopt;
  }
  std::string_view text = *row[3];
  const auto gtrid = take_part(text, gtrid_size);
  std::optional<std::string> bqual;
  if (text.starts_with(',')) {
    text.remove_prefix(1);
    bqual = take_part(text, bqual_size);
  } else if (text.empty() && bqual_size == 0) {
    bqual.emplace();
  }
  if (!gtrid || !bqual) return std::nullopt;
  auto xid = Xid::create(format_id, *gtrid, *bqual);
  if (!xid) return std::nullopt;
  return *xid;
}

}  // namespace xaodbc::odbc

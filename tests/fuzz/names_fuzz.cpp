#include <cstddef>
#include <string>

#include "branch/gid.h"
#include "branch/xid.h"
#include "odbc/dialects/mariadb_xid.h"
#include "tests/fuzz/require.h"

namespace xaodbc {
namespace {

void check_names_of(const Xid& xid) {
  const std::string tag = resource_tag("accounts", "bank");
  const std::string gid = encode_gid(xid, tag);
  require(gid.size() <= kMaxGidSize, "PostgreSQL takes the gid");
  require(decode_gid(gid, tag) == xid, "a gid gives its XID back");
  require(!decode_gid(gid, resource_tag("orders", "bank")), "a gid of others is not ours");
  const auto parsed = Xid::parse(xid.to_string());
  require(parsed.has_value() && *parsed == xid, "the text of an XID gives it back");
}

void check_gid(std::string_view text) {
  const auto last = text.rfind('.');
  if (last == std::string_view::npos) return;
  const auto tag = text.substr(last + 1);
  if (const auto xid = decode_gid(text, tag)) {
    require(encode_gid(*xid, tag) == text, "one XID, one gid");
  }
}

/// The lengths as the server would give them, and as the input says.
void check_mariadb_row(std::string_view text) {
  const std::string data(text.substr(std::min<std::size_t>(text.size(), 3)));
  const auto number = [&](std::size_t at) {
    return at < text.size() ? std::to_string(static_cast<unsigned char>(text[at])) : "0";
  };
  const auto xid = odbc::from_mariadb({number(0), number(1), number(2), data});
  if (!xid) return;
  require(std::to_string(xid->gtrid().size()) == number(1), "the length of gtrid is believed");
  require(std::to_string(xid->bqual().size()) == number(2), "the length of bqual is believed");
}

}  // namespace

/// Everything that names a branch: text of the tool, gid of PostgreSQL, row of XA RECOVER.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = as_text(data, size);
  if (const auto xid = Xid::parse(text)) check_names_of(*xid);
  const auto cut = size / 2;
  if (const auto xid = Xid::create(static_cast<std::int64_t>(size) * 7919, text.substr(0, cut),
                                   text.substr(cut))) {
    check_names_of(*xid);
  }
  check_gid(text);
  check_mariadb_row(text);
  return 0;
}

}  // namespace xaodbc

#include "tests/sim/resource.h"

#include <charconv>
#include <string_view>

#include "tests/support/tm.h"

namespace xaodbc::sim {
namespace {

constexpr std::string_view kPrefix = "sim-";

}  // namespace

support::ServerKind& partner() {
  static support::ServerKind kind = support::ServerKind::kMariadb;
  return kind;
}

XID xid_of(std::uint32_t transaction, int rmid) {
  return support::make_xid(std::string(kPrefix) + std::to_string(transaction),
                           std::to_string(rmid));
}

std::optional<std::uint32_t> transaction_of(const XID& xid, int rmid) {
  const std::string_view gtrid(xid.data, static_cast<std::size_t>(xid.gtrid_length));
  const std::string_view bqual(xid.data + xid.gtrid_length,
                               static_cast<std::size_t>(xid.bqual_length));
  if (!gtrid.starts_with(kPrefix) || bqual != std::to_string(rmid)) return {};
  const auto digits = gtrid.substr(kPrefix.size());
  std::uint32_t number = 0;
  const auto end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || rest != end) return {};
  return number;
}

}  // namespace xaodbc::sim

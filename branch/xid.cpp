#include "branch/xid.h"

#include <charconv>

#include "base/text.h"

namespace xaodbc {

Result<Xid> Xid::create(std::int64_t format_id, std::string_view gtrid, std::string_view bqual) {
  if (format_id == -1) {
    return failure(StatusCode::kInvalidArgument, "the null XID (formatID -1) names no branch");
  }
  if (gtrid.empty() || gtrid.size() > kMaxPartSize) {
    return failure(StatusCode::kInvalidArgument,
                   "gtrid has " + std::to_string(gtrid.size()) + " bytes, allowed are 1 to 64");
  }
  if (bqual.size() > kMaxPartSize) {
    return failure(StatusCode::kInvalidArgument,
                   "bqual has " + std::to_string(bqual.size()) + " bytes, allowed are 0 to 64");
  }
  Xid xid;
  xid.format_id_ = format_id;
  xid.gtrid_size_ = static_cast<std::uint8_t>(gtrid.size());
  xid.bqual_size_ = static_cast<std::uint8_t>(bqual.size());
  std::memcpy(xid.data_.data(), gtrid.data(), gtrid.size());
  if (!bqual.empty()) std::memcpy(xid.data_.data() + gtrid.size(), bqual.data(), bqual.size());
  xid.hash_ = xid.make_hash();
  return xid;
}

Result<Xid> Xid::parse(std::string_view text) {
  const auto malformed = [&] {
    return failure(StatusCode::kInvalidArgument,
                   "'" + excerpt(text) + "' is not an XID; write formatID:gtridhex:bqualhex");
  };
  const auto first = text.find(':');
  if (first == std::string_view::npos) return malformed();
  const auto second = text.find(':', first + 1);
  if (second == std::string_view::npos) return malformed();
  std::int64_t format_id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + first, format_id);
  if (error != std::errc() || end != text.data() + first) return malformed();
  const auto gtrid = from_hex(text.substr(first + 1, second - first - 1));
  const auto bqual = from_hex(text.substr(second + 1));
  if (!gtrid || !bqual) return malformed();
  return create(format_id, *gtrid, *bqual);
}

std::string Xid::to_string() const {
  return std::to_string(format_id_) + ":" + to_hex(gtrid()) + ":" + to_hex(bqual());
}

std::uint64_t Xid::make_hash() const {
  const std::array<char, 2> sizes{static_cast<char>(gtrid_size_), static_cast<char>(bqual_size_)};
  std::array<char, sizeof format_id_> format{};
  std::memcpy(format.data(), &format_id_, sizeof format_id_);
  std::uint64_t hash = quick_hash({format.data(), format.size()});
  hash = quick_hash({sizes.data(), sizes.size()}, hash);
  return quick_hash({data_.data(), std::size_t{gtrid_size_} + bqual_size_}, hash);
}

}  // namespace xaodbc

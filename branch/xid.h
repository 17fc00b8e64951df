#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/status.h"

namespace xaodbc {

/// The identifier of a transaction branch: formatID, 1..64 bytes of gtrid, 0..64 bytes of bqual,
/// all binary (xa-reference 2.1). A value: copied freely, never null, always within the sizes.
class Xid {
 public:
  static constexpr std::size_t kMaxPartSize = 64;

  Xid() = default;
  /// kInvalidArgument when format_id is -1 (the null XID) or a length is out of range.
  static Result<Xid> create(std::int64_t format_id, std::string_view gtrid, std::string_view bqual);
  /// Reads `formatID:gtridhex:bqualhex`; hex digits of either case.
  static Result<Xid> parse(std::string_view text);

  [[nodiscard]] std::int64_t format_id() const { return format_id_; }
  [[nodiscard]] std::string_view gtrid() const { return {data_.data(), gtrid_size_}; }
  [[nodiscard]] std::string_view bqual() const { return {data_.data() + gtrid_size_, bqual_size_}; }
  /// `formatID:gtridhex:bqualhex`, lower case.
  [[nodiscard]] std::string to_string() const;
  /// For tables in memory; another machine may have another.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

  friend bool operator==(const Xid& a, const Xid& b) {
    return a.hash_ == b.hash_ && a.format_id_ == b.format_id_ && a.gtrid() == b.gtrid() &&
           a.bqual() == b.bqual();
  }

 private:
  [[nodiscard]] std::uint64_t make_hash() const;

  std::uint64_t hash_ = 0;  ///< asked for several times by every verb
  std::int64_t format_id_ = 0;
  std::uint8_t gtrid_size_ = 0;
  std::uint8_t bqual_size_ = 0;
  std::array<char, 2 * kMaxPartSize> data_{};
};

struct XidHash {
  std::size_t operator()(const Xid& xid) const { return xid.hash(); }
};

}  // namespace xaodbc

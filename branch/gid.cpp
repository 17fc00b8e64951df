#include "branch/gid.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace xaodbc {
namespace {

constexpr std::string_view kPrefix = "xa1";
constexpr std::size_t kTagSize = 7;
constexpr int kFormatBase = 36;

std::string encode_format(std::int64_t format_id) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 static_cast<std::uint64_t>(format_id), kFormatBase)
                       .ptr;
  return {digits.data(), end};
}

std::optional<std::int64_t> decode_format(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, kFormatBase);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

/// Cuts `text` at every dot; nothing unless there are exactly five parts.
std::optional<std::array<std::string_view, 5>> split(std::string_view text) {
  std::array<std::string_view, 5> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    parts[i] = text.substr(0, dot);
    if (dot != std::string_view::npos) text.remove_prefix(dot + 1);
  }
  return parts;
}

}  // namespace

std::string resource_tag(std::string_view resource, std::string_view database) {
  std::uint64_t hash = fnv1a(database, fnv1a(std::string_view("\0", 1), fnv1a(resource)));
  std::string bytes;
  for (int i = 0; i < 6; ++i, hash >>= 8) bytes += static_cast<char>(hash & 255);
  return to_base64url(bytes).substr(0, kTagSize);
}

std::string encode_gid(const Xid& xid, std::string_view tag) {
  std::string gid(kPrefix);
  gid.reserve(kMaxGidSize);
  gid.append(".").append(encode_format(xid.format_id()));
  append_base64url(gid.append("."), xid.gtrid());
  append_base64url(gid.append("."), xid.bqual());
  gid.append(".").append(tag);
  return gid;
}

std::optional<Xid> decode_gid(std::string_view gid, std::string_view tag) {
  const auto parts = split(gid);
  if (!parts || (*parts)[0] != kPrefix || (*parts)[4] != tag) return std::nullopt;
  const auto format_id = decode_format((*parts)[1]);
  const auto gtrid = from_base64url((*parts)[2]);
  const auto bqual = from_base64url((*parts)[3]);
  if (!format_id || !gtrid || !bqual) return std::nullopt;
  auto xid = Xid::create(*format_id, *gtrid, *bqual);
  if (!xid || encode_gid(*xid, tag) != gid) return std::nullopt;
  return *xid;
}

}  // namespace xaodbc

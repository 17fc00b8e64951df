#include "recovery/short_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace xaodbc::recovery {
namespace {

constexpr std::size_t kHashDigits = 16;

/// FNV-1a changes its leading digits little when only the last byte differs, as it does between the
/// branches of one transaction; this spreads every bit over all of them (the finalizer of
/// MurmurHash3, a bijection).
std::uint64_t spread(std::uint64_t hash) {
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53ULL;
  return hash ^ (hash >> 33);
}

std::string digits_of(const Xid& xid) {
  return fmt::format("{:016x}", spread(fnv1a(xid.to_string())));
}

/// Digits that two hashes have in common at the front.
std::size_t common_digits(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

ShortIds::ShortIds(std::vector<Xid> xids) : xids_(std::move(xids)) {
  std::vector<std::pair<std::string, const Xid*>> hashes;
  for (const Xid& xid : xids_) hashes.emplace_back(digits_of(xid), &xid);
  std::sort(hashes.begin(), hashes.end());
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    const auto& [digits, xid] = hashes[i];
    const auto& [previous_digits, previous_xid] = hashes[i - 1];
    if (*xid == *previous_xid) continue;
    if (digits == previous_digits) {
      shared_.insert(digits);
    } else {
      size_ = std::max(size_, common_digits(previous_digits, digits) + 1);
    }
  }
}

std::string ShortIds::id(const Xid& xid) const {
  const std::string digits = digits_of(xid);
  return shared_.contains(digits) ? xid.to_string() : digits.substr(0, size_);
}

Result<Xid> ShortIds::resolve(std::string_view text) const {
  if (text.find(':') != std::string_view::npos) return Xid::parse(text);
  const std::string prefix = to_lower(text);
  if (prefix.size() < kMinSize || prefix.size() > kHashDigits || !is_hex(prefix)) {
    return failure(StatusCode::kInvalidArgument,
                   fmt::format("'{}' names no branch; give the id that `xaodbc scan` prints (at "
                               "least {} digits) or formatID:gtridhex:bqualhex",
                               excerpt(text), kMinSize));
  }
  std::vector<const Xid*> matches;
  for (const Xid& xid : xids_) {
    if (digits_of(xid).starts_with(prefix)) matches.push_back(&xid);
  }
  if (matches.empty()) {
    return failure(StatusCode::kUnknownBranch,
                   fmt::format("no branch has the id '{}'; it may have been finished meanwhile, "
                               "`xaodbc scan` lists what there is",
                               text));
  }
  if (matches.size() == 1) return *matches.front();
  std::string candidates;
  for (const Xid* xid : matches) {
    candidates += fmt::format("\n  {}  {}", id(*xid), xid->to_string());
  }
  return failure(StatusCode::kInvalidArgument,
                 fmt::format("'{}' means several branches, give one in full:{}", text, candidates));
}

}  // namespace xaodbc::recovery

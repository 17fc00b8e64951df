#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xaodbc {

/// Lower-case hex of any bytes.
std::string to_hex(std::string_view bytes);
/// Empty when the length is odd or a digit is not hexadecimal.
std::optional<std::string> from_hex(std::string_view digits);

/// base64url (RFC 4648 section 5) without padding.
std::string to_base64url(std::string_view bytes);
void append_base64url(std::string& out, std::string_view bytes);
/// Empty unless `text` is exactly what to_base64url produces for some bytes: no padding, no other
/// characters, unused bits zero. So decoding and encoding again always gives the same text.
std::optional<std::string> from_base64url(std::string_view text);

/// Without blanks and tabs on both ends.
std::string_view trim(std::string_view text);
/// As much of `text` as a message can repeat, with an ellipsis when that is not all. Never ends
/// inside a character of UTF-8.
std::string excerpt(std::string_view text);
/// ASCII only; the locale of the host process plays no part.
std::string to_lower(std::string_view text);
/// True for 1 to 20 decimal digits, as many as a number of 64 bits has at most.
bool is_decimal(std::string_view text);

/// FNV-1a, 64 bits: stable across processes, not meant against an adversary.
constexpr std::uint64_t kFnvOffset = 14695981039346656037ULL;
std::uint64_t fnv1a(std::string_view bytes, std::uint64_t seed = kFnvOffset);
/// For tables in memory only, eight bytes at a time.
std::uint64_t quick_hash(std::string_view bytes, std::uint64_t seed = kFnvOffset);

}  // namespace xaodbc

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "branch/xid.h"

namespace xaodbc {

/// The name of a branch on servers that name prepared transactions by text (PostgreSQL):
///
///   xa1.<formatID>.<gtrid>.<bqual>.<tag>
///
/// formatID in base 36 (as an unsigned 64-bit number), gtrid and bqual in base64url without
/// padding, tag of 7 base64url characters. Computed from XID and resource alone, so that any
/// process can finish the branch. A full 64 + 64 byte XID gives 199 bytes, PostgreSQL's limit.
constexpr std::size_t kMaxGidSize = 199;

/// 42 bits of a hash over resource and database name: transaction managers such as LIXA give every
/// resource the same XID, and two resources may live on one server.
std::string resource_tag(std::string_view resource, std::string_view database);

std::string encode_gid(const Xid& xid, std::string_view tag);

/// The XID of a gid that carries `tag`; nothing for names of others or malformed ones, so that a
/// scan never reports a foreign branch (I5). decode(encode(x)) == x, and encode(decode(g)) == g.
std::optional<Xid> decode_gid(std::string_view gid, std::string_view tag);

}  // namespace xaodbc

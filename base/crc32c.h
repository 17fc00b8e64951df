#pragma once

#include <cstdint>
#include <string_view>

namespace xaodbc {

/// CRC-32C (Castagnoli, as iSCSI and ext4 use it). `seed` continues an earlier result, so that
/// crc32c(b, crc32c(a)) == crc32c(a + b).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

/// The same where the processor has no instruction for it.
std::uint32_t crc32c_by_tables(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace xaodbc

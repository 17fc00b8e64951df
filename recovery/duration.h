#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xaodbc::recovery {

/// `90s`, `10m`, `6h`, `2d`. Nothing for other forms: no unit, a sign, a fraction, an overflow.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// The two largest units: `45s`, `12m 3s`, `6h 10m`, `3d 4h`.
std::string format_duration(std::chrono::seconds duration);

/// `2024-05-01T12:34:56Z`.
std::string format_time(std::int64_t wall_time_us);

/// The moment of a server's timestamp, in microseconds since 1970: `2024-05-01 12:34:56.789+02`,
/// also with T between date and time, `Z`, `+02:30` or `+0230`. Nothing when a part is missing: a
/// time without a zone would give a wrong age.
std::optional<std::int64_t> parse_server_time(std::string_view text);

}  // namespace xaodbc::recovery

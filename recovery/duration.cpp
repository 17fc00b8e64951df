#include "recovery/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <limits>

namespace xaodbc::recovery {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

std::optional<std::int64_t> seconds_of(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    default:
      return std::nullopt;
  }
}

/// Takes exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int> take_part(std::string_view& text, std::string_view before, std::size_t digits) {
  if (!take(text, before)) return std::nullopt;
  return take_number(text, digits);
}

std::int64_t take_fraction_us(std::string_view& text) {
  if (!take(text, ".")) return 0;
  std::int64_t fraction = 0;
  std::int64_t scale = kMicroseconds;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    scale /= 10;
    fraction += scale * (text.front() - '0');
    text.remove_prefix(1);
  }
  return fraction;
}

/// Seconds east of UTC.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (take(text, "Z")) return 0;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = take_number(text, 2);
  if (!hours) return std::nullopt;
  take(text, ":");
  const auto minutes = text.empty() ? std::optional<int>(0) : take_number(text, 2);
  if (!minutes) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text.size() < 2 || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto unit = seconds_of(text.back());
  std::int64_t count = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (!unit || error != std::errc() || stop != end) return std::nullopt;
  if (count > std::numeric_limits<std::int64_t>::max() / (*unit * kMicroseconds)) {
    return std::nullopt;
  }
  return std::chrono::seconds(count * *unit);
}

std::string format_duration(std::chrono::seconds duration) {
  const std::int64_t seconds = duration.count();
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h {}m", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{}d {}h", seconds / 86400, seconds % 86400 / 3600);
}

std::string format_time(std::int64_t wall_time_us) {
  const std::time_t seconds = wall_time_us / kMicroseconds;
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "?";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<std::int64_t> parse_server_time(std::string_view text) {
  const auto year = take_number(text, 4);
  const auto month = take_part(text, "-", 2);
  const auto day = take_part(text, "-", 2);
  const auto hour = take_part(text, " T", 2);
  const auto minute = take_part(text, ":", 2);
  const auto second = take_part(text, ":", 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::int64_t fraction_us = take_fraction_us(text);
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  std::tm parts{};
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  parts.tm_hour = *hour;
  parts.tm_min = *minute;
  parts.tm_sec = *second;
  return (::timegm(&parts) - *zone) * kMicroseconds + fraction_us;
}

}  // namespace xaodbc::recovery

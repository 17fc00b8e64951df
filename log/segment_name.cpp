#include "log/segment_name.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "log/bytes.h"
#include "log/format.h"

namespace xaodbc::log {
namespace {

constexpr std::string_view kSuffix = ".seg";
constexpr std::string_view kTemporary = ".new";
constexpr std::size_t kIdDigits = 16;

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

std::optional<std::uint32_t> parse_pid(std::string_view digits) {
  std::uint32_t pid = 0;
  const auto* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, pid);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return pid;
}

}  // namespace

std::string host_in_names(std::string_view host) {
  std::string out(host.substr(0, kMaxHostSize));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !is_host_character(c); }, '_');
  if (out.empty() || out[0] == '.') out.insert(out.begin(), '_');
  return out;
}

std::string segment_name(std::string_view host, std::uint32_t pid, std::uint64_t id) {
  std::string big_endian;
  put(big_endian, id);
  std::reverse(big_endian.begin(), big_endian.end());
  return host_in_names(host) + "-" + std::to_string(pid) + "-" + to_hex(big_endian) +
         std::string(kSuffix);
}

std::string temporary_name(std::string_view segment_name) {
  return std::string(segment_name) + std::string(kTemporary);
}

std::optional<Maker> maker_of(std::string_view name) {
  if (name.ends_with(kTemporary)) name.remove_suffix(kTemporary.size());
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  const auto id_dash = name.rfind('-');
  if (id_dash == std::string_view::npos || id_dash == 0) return std::nullopt;
  const auto id = from_hex(name.substr(id_dash + 1));
  if (!id || id->size() * 2 != kIdDigits) return std::nullopt;
  const auto pid_dash = name.rfind('-', id_dash - 1);
  if (pid_dash == std::string_view::npos || pid_dash == 0) return std::nullopt;
  const auto pid = parse_pid(name.substr(pid_dash + 1, id_dash - pid_dash - 1));
  if (!pid) return std::nullopt;
  return Maker{std::string(name.substr(0, pid_dash)), *pid};
}

bool is_segment_name(std::string_view name) {
  return name.ends_with(kSuffix) && maker_of(name).has_value();
}

bool is_temporary_name(std::string_view name) {
  return name.ends_with(kTemporary) && maker_of(name).has_value();
}

}  // namespace xaodbc::log

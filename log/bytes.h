#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xaodbc::log {

/// Writes `value` to `sizeof value` bytes, little-endian whatever the order of the machine.
template <std::unsigned_integral T>
void write_number(char* to, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    to[i] = static_cast<char>((std::uint64_t{value} >> (8 * i)) & 255);
  }
}

/// Appends `value` in the same way.
template <std::unsigned_integral T>
void put(std::string& out, T value) {
  std::array<char, sizeof value> bytes{};
  write_number(bytes.data(), value);
  out.append(bytes.data(), bytes.size());
}

/// Takes fields off the front of bytes that nobody has vouched for: nothing is read past the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  template <std::unsigned_integral T>
  std::optional<T> number() {
    const auto raw = bytes(sizeof(T));
    if (!raw) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) {
      value = (value << 8) | static_cast<unsigned char>((*raw)[i]);
    }
    return static_cast<T>(value);
  }

  std::optional<std::string_view> bytes(std::size_t count) {
    if (count > bytes_.size()) return std::nullopt;
    const auto front = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return front;
  }

 private:
  std::string_view bytes_;
};

}  // namespace xaodbc::log

#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace xaodbc::log {

/// Writes `value` to `sizeof value` bytes, little-endian whatever the order of the machine. GCC 12
/// does not see that the loop is a store.
template <std::unsigned_integral T>
void write_number(char* to, T value) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(to, &value, sizeof value);
  } else {
    for (std::size_t i = 0; i < sizeof value; ++i) {
      to[i] = static_cast<char>((std::uint64_t{value} >> (8 * i)) & 255);
    }
  }
}

/// Reads what write_number wrote.
template <std::unsigned_integral T>
T read_number(const char* from) {
  T value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, from, sizeof value);
  } else {
    for (std::size_t i = sizeof value; i-- > 0;) {
      value = static_cast<T>((std::uint64_t{value} << 8) | static_cast<unsigned char>(from[i]));
    }
  }
  return value;
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
    return read_number<T>(raw->data());
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

#include "base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace xaodbc {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41, bits reversed
constexpr std::size_t kSlices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t previous = tables[slice - 1][byte];
      tables[slice][byte] = (previous >> 8) ^ tables[0][previous & 255];
    }
  }
  return tables;
}
constexpr Tables kTables = make_tables();

std::uint32_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

std::uint32_t by_tables(std::string_view bytes, std::uint32_t crc) {
  // Eight bytes a step: opening a log checks every byte of every segment.
  for (; bytes.size() >= kSlices; bytes.remove_prefix(kSlices)) {
    const std::uint32_t low = crc ^ (byte_at(bytes, 0) | byte_at(bytes, 1) << 8 |
                                     byte_at(bytes, 2) << 16 | byte_at(bytes, 3) << 24);
    crc = kTables[7][low & 255] ^ kTables[6][(low >> 8) & 255] ^ kTables[5][(low >> 16) & 255] ^
          kTables[4][low >> 24] ^ kTables[3][byte_at(bytes, 4)] ^ kTables[2][byte_at(bytes, 5)] ^
          kTables[1][byte_at(bytes, 6)] ^ kTables[0][byte_at(bytes, 7)];
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ byte_at(bytes, i)) & 255];
  }
  return crc;
}

#ifdef __x86_64__

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view bytes,
                                                               std::uint32_t crc) {
  std::uint64_t wide = crc;
  for (; bytes.size() >= sizeof wide; bytes.remove_prefix(sizeof wide)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (const char byte : bytes) {
    crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(byte));
  }
  return crc;
}

bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

#else

constexpr auto by_instruction = by_tables;
bool has_instruction() { return false; }

#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
  return ~(has_instruction() ? by_instruction(bytes, ~seed) : by_tables(bytes, ~seed));
}

std::uint32_t crc32c_by_tables(std::string_view bytes, std::uint32_t seed) {
  return ~by_tables(bytes, ~seed);
}

}  // namespace xaodbc

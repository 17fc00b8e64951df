#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace xaodbc {
namespace {

/// The definition, one bit at a time.
std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

TEST(Crc32c, PublishedVectorsAreMet) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

TEST(Crc32c, AgreesWithTheDefinitionForEveryLengthAndAlignment) {
  std::mt19937 random(1);
  std::string bytes(300, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t from = 0; from < 9; ++from) {
    for (std::size_t size = 0; size < 70; ++size) {
      const auto part = std::string_view(bytes).substr(from, size);
      ASSERT_EQ(crc32c(part), slow_crc32c(part)) << from << " " << size;
      ASSERT_EQ(crc32c_by_tables(part), slow_crc32c(part)) << from << " " << size;
    }
  }
  EXPECT_EQ(crc32c(bytes), slow_crc32c(bytes));
}

TEST(Crc32c, ContinuesFromWhereItStopped) {
  const std::string bytes = "the whole is the sum of its parts";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))), crc32c(bytes));
    EXPECT_EQ(crc32c_by_tables(bytes.substr(cut), crc32c_by_tables(bytes.substr(0, cut))),
              crc32c(bytes));
  }
}

}  // namespace
}  // namespace xaodbc

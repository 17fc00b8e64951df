#include "tests/support/dumpable_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "tests/support/planted_secret.h"

namespace xaodbc::support {
namespace {

TEST(DumpableMemoryTest, WhatIsLeftOutOfCoreFilesIsNotCounted) {
  const Secret planted = plant(24);
  EXPECT_EQ(copies_in_dumpable_memory(planted.reveal()), 0U);
}

TEST(DumpableMemoryTest, CopiesOnHeapAndStackAreCounted) {
  const Secret planted = plant(24);
  const auto heap = std::make_unique<std::string>(planted.reveal());
  // Sanitizers may leave another copy in what they keep of memory that was freed.
  const auto on_heap = copies_in_dumpable_memory(planted.reveal());
  EXPECT_GE(on_heap, 1U);
  std::array<char, 32> stack{};
  std::memcpy(stack.data(), planted.reveal().data(), planted.reveal().size());
  EXPECT_EQ(copies_in_dumpable_memory(planted.reveal()), on_heap + 1);
  explicit_bzero(stack.data(), stack.size());
  EXPECT_EQ(copies_in_dumpable_memory(planted.reveal()), on_heap);
}

/// Two and a half windows of the scan, with a copy across each border.
TEST(DumpableMemoryTest, EveryPlaceOfALargeMappingIsLookedAt) {
  constexpr std::size_t kWindow = std::size_t{1} << 20;
  const Secret planted = plant(24);
  std::string large(kWindow * 5 / 2, '.');
  for (std::size_t at = 0; at + 24 < large.size(); at += 24 * 1024) {
    std::memcpy(large.data() + at, planted.reveal().data(), 24);
  }
  EXPECT_EQ(copies_in_dumpable_memory(planted.reveal()), (large.size() - 25) / (24 * 1024) + 1);
}

}  // namespace
}  // namespace xaodbc::support

#pragma once

#include <cstdint>

namespace xaodbc::bench {

/// Heap allocations of the calling thread while they are counted. The program's own malloc, calloc
/// and realloc stand in front of the C library's; off, they cost one load.
struct Allocations {
  std::uint64_t bridge = 0;          ///< all but the next
  std::uint64_t driver_manager = 0;  ///< called from libodbc
  std::uint64_t bytes = 0;
};

/// Finds the driver manager, which must be loaded, and starts or stops to count.
void count_allocations(bool on);
Allocations& allocations();

/// Bytes that are allocated and not freed, by all threads, since counting was switched on. What was
/// allocated before and is freed now counts as less.
std::int64_t live_bytes();

}  // namespace xaodbc::bench

#pragma once

#include <chrono>
#include <cstdint>

namespace xaodbc {

/// Microseconds since 1970-01-01 UTC. May step backwards: for people and for ages, never for waits.
inline std::int64_t wall_time_us() {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  using std::chrono::system_clock;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace xaodbc

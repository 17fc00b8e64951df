#pragma once

#include <chrono>
#include <cstdint>

#include "tests/sim/board.h"

namespace xaodbc::sim {

/// A line that says how far a run is and how long it will take: rewritten each second on a
/// terminal, else written every fifteen seconds.
class Progress {
 public:
  explicit Progress(std::uint32_t transactions);
  void show(const Counters& counters, std::uint32_t faults);
  void end(const Counters& counters, std::uint32_t faults);

 private:
  using Clock = std::chrono::steady_clock;
  void write(const Counters& counters, std::uint32_t faults) const;

  std::uint32_t transactions_;
  bool terminal_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point next_ = Clock::now();
};

}  // namespace xaodbc::sim

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "bench/statistics.h"
#include "bench/team.h"

namespace xaodbc::bench {

/// One way to do the work.
struct Contestant {
  std::string name;
  std::function<Pace()> run_round;
};

/// What one contestant did, round by round.
struct Performance {
  std::string name;
  std::vector<double> per_second;
  std::vector<double> cpu_us;
};

/// A candidate beside the floor.
struct Comparison {
  Performance floor;
  Performance candidate;
  [[nodiscard]] std::vector<double> ratios() const {
    return paired_ratios(candidate.per_second, floor.per_second);
  }
};

/// Called after each round with its number, from 1.
using OnRound = std::function<void(unsigned)>;

/// The floor and every candidate take turns, `rounds` times, after one round that does not count.
std::vector<Comparison> hold_duel(const Contestant& floor,
                                  const std::vector<Contestant>& candidates, unsigned rounds,
                                  const OnRound& on_round);

}  // namespace xaodbc::bench

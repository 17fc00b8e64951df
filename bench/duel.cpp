#include "bench/duel.h"

#include <utility>

namespace xaodbc::bench {
namespace {

void run_round(const Contestant& contestant, Performance& performance) {
  const Pace pace = contestant.run_round();
  performance.per_second.push_back(pace.per_second);
  performance.cpu_us.push_back(pace.cpu_us);
}

}  // namespace

std::vector<Comparison> hold_duel(const Contestant& floor,
                                  const std::vector<Contestant>& candidates, unsigned rounds,
                                  const OnRound& on_round) {
  // Caches of servers and drivers fill.
  static_cast<void>(floor.run_round());
  for (const auto& candidate : candidates) static_cast<void>(candidate.run_round());

  Performance low{floor.name, {}, {}};
  std::vector<Performance> others;
  for (const auto& candidate : candidates) others.push_back({candidate.name, {}, {}});
  for (unsigned round = 1; round <= rounds; ++round) {
    run_round(floor, low);
    for (std::size_t i = 0; i < candidates.size(); ++i) run_round(candidates[i], others[i]);
    if (on_round) on_round(round);
  }
  std::vector<Comparison> comparisons;
  for (auto& other : others) comparisons.push_back({low, std::move(other)});
  return comparisons;
}

}  // namespace xaodbc::bench

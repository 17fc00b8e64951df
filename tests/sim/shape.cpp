#include "tests/sim/shape.h"

#include <random>

namespace xaodbc::sim {

Shape shape_of(std::uint64_t seed, std::uint32_t number) {
  std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                         number};
  std::mt19937 random(sequence);
  const auto percent = [&](unsigned chance) { return random() % 100 < chance; };
  Shape shape;
  shape.at_end = percent(35);
  shape.one_branch = percent(20);
  shape.one_phase = shape.one_branch && !shape.at_end && percent(70);
  shape.only = percent(50) ? 1 : 0;
  shape.suspends = percent(20);
  shape.moves = percent(25);
  shape.offered = shape.at_end && percent(60);
  shape.fails = percent(5);
  shape.writes_second = !percent(10);
  shape.rolled_back = percent(12);
  shape.rows = percent(20) ? 3 : 1;
  return shape;
}

}  // namespace xaodbc::sim

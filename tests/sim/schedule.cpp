#include "tests/sim/schedule.h"

#include <algorithm>
#include <random>

namespace xaodbc::sim {
namespace {

/// Of a hundred faults; what stops everybody for a second is rarer.
constexpr std::array<unsigned, static_cast<std::size_t>(FaultKind::kCount)> kShares = {
    30, 34, 4, 18, 5, 3, 6};

/// verb_timeout is seconds, so that most stops end before it.
constexpr int kShortStop = 600;
constexpr int kLongStop = 4000;

}  // namespace

std::vector<Fault> make_schedule(std::uint64_t seed, std::uint32_t transactions,
                                 std::uint32_t faults, std::size_t places, std::size_t servers) {
  std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  std::mt19937 random(sequence);
  std::discrete_distribution<int> kinds(kShares.begin(), kShares.end());
  const auto below = [&](std::size_t limit) { return random() % limit; };
  std::vector<Fault> schedule(faults);
  for (auto& fault : schedule) {
    fault.at = static_cast<std::uint32_t>(below(std::max(transactions, 1U)));
    fault.kind = static_cast<FaultKind>(kinds(random));
    fault.place = below(places);
    fault.server = below(servers);
    fault.point =
        static_cast<FailPoint>(below(static_cast<std::size_t>(FailPoint::kForgetRecordWritten)));
    fault.milliseconds = below(12) == 0 ? kLongStop : static_cast<int>(below(kShortStop));
  }
  std::ranges::sort(schedule, {}, &Fault::at);
  return schedule;
}

}  // namespace xaodbc::sim

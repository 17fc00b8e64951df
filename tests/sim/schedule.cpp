#include "tests/sim/schedule.h"

#include <algorithm>
#include <random>

namespace xaodbc::sim {
namespace {

/// Of a hundred faults; what stops everybody for a second is rarer.
constexpr std::array<unsigned, static_cast<std::size_t>(FaultKind::kCount)> kShares = {
    20, 25, 3, 12, 4, 2, 5, 25, 4, 0};

/// verb_timeout is seconds, so that most stops end before it.
constexpr int kShortStop = 600;
constexpr int kLongStop = 4000;

constexpr std::array<int, 5> kPlaces = {0, 1, support::Position::kHalf, -1,
                                        support::Position::kAll};

}  // namespace

std::array<std::string_view, kStatements> statements_of(support::ServerKind kind) {
  if (kind == support::ServerKind::kMariadb)
    return {"INSERT", "XA PREPARE", "XA COMMIT", "XA ROLLBACK"};
  return {"INSERT", "PREPARE TRANSACTION", "COMMIT PREPARED", "ROLLBACK PREPARED"};
}

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
    fault.statement = below(kStatements);
    fault.position.part = static_cast<support::Position::Part>(below(2));
    fault.position.bytes = kPlaces.at(below(kPlaces.size()));
    fault.milliseconds = below(12) == 0 ? kLongStop : static_cast<int>(below(kShortStop));
  }
  std::ranges::sort(schedule, {}, &Fault::at);
  return schedule;
}

}  // namespace xaodbc::sim

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/bridge.h"
#include "bench/floor.h"
#include "bench/lab.h"
#include "bench/participant.h"

namespace xaodbc::bench {

/// One participant for each place.
using Participants = std::vector<std::unique_ptr<Participant>>;

/// Carries out global transaction `number`; `account` is a random one.
using Transaction =
    std::function<void(const Participants& at, std::uint64_t number, unsigned account)>;

/// Another way to do it by hand, which takes part as a candidate.
struct Rival {
  std::string name;
  Transaction transaction;  ///< in two phases
};

/// The same work by hand and through the bridge with each variant of its settings.
struct Contest {
  std::string setting;
  std::vector<Place> places;
  std::string keys;  ///< of the bridge beside those of the variants, "prepare=at_end"
  Phases by_hand = Phases::kTwo;
  Bridge::Connections connections = Bridge::Connections::kKept;
  bool one_thread = false;  ///< whatever the options say
  Transaction floor;
  Transaction bridge;
  std::vector<Rival> rivals{};
};

/// At every number of threads; results go to the lab's report.
void hold_contest(Lab& lab, const Contest& contest);

/// One UPDATE on the only place, prepared and committed.
void update_in_two_phases(const Participants& at, std::uint64_t number, unsigned account);

/// `UPDATE accounts ...`: adds `amount`, which may be negative.
std::string update_sql(unsigned account, int amount);

}  // namespace xaodbc::bench

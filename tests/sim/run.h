#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/board.h"
#include "tests/sim/schedule.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/private_server.h"
#include "tests/support/scratch_config.h"
#include "tests/support/scratch_directory.h"

namespace xaodbc::sim {

struct Options {
  std::uint64_t seed = 0;
  std::uint32_t transactions = 0;
  std::uint32_t faults = 0;
  std::string program;  ///< this one, which is also that of the processes
};

/// Two databases, processes that work on them, and what happens to all of them. Returns when every
/// transaction is finished, or when nothing moves any more (which is a violation).
class Run {
 public:
  explicit Run(const Options& options);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  void carry_out();

  [[nodiscard]] const Board& board() const { return board_; }
  [[nodiscard]] support::PrivateServer& server(support::ServerKind kind);
  [[nodiscard]] std::filesystem::path log_directory() const { return config_.log_directory(); }
  [[nodiscard]] const auto& faults() const { return faults_; }
  [[nodiscard]] std::uint32_t faults_so_far() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Place {
    pid_t pid = 0;
    int incarnation = 0;
  };

  struct Outage {
    std::optional<Clock::time_point> stopped_until{};
    std::optional<Clock::time_point> cut_off_until{};
  };

  void add_resources();
  void start(Place& place, std::optional<FailPoint> point = {});
  void kill(Place& place);
  void look_after(Place& place);
  void bury(Place& place, int status);
  [[nodiscard]] bool all_done() const;
  [[nodiscard]] bool is_stuck();

  void clean_up();
  void apply(const Fault& fault);
  void break_processes(const Fault& fault);
  void break_server(const Fault& fault);
  void lock_file(const Fault& fault);
  void count(FaultKind kind) { ++faults_.at(static_cast<std::size_t>(kind)); }
  void cut_what_is_held();
  void end_outages();
  void let_go(std::size_t which);
  [[nodiscard]] bool any_stopped() const;

  Options options_;
  support::ScratchDirectory directory_;
  support::ScratchConfig config_;
  std::deque<support::PrivateServer> servers_;
  std::deque<support::FaultProxy> networks_;   ///< in front of each server
  std::vector<Outage> outages_;                ///< of each server
  std::optional<support::SqlSession> locker_;  ///< of the file, while it is locked
  Board board_;
  std::vector<Place> places_;
  int incarnations_ = 0;
  std::array<std::uint32_t, static_cast<std::size_t>(FaultKind::kCount)> faults_{};
  std::uint64_t last_progress_ = 0;
  Clock::time_point last_moved_;
};

}  // namespace xaodbc::sim

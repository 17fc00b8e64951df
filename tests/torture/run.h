#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

#include "tests/torture/board.h"
#include "tests/torture/judge.h"

namespace xaodbc::torture {

struct Options {
  std::uint64_t seed = 0;
  std::uint32_t branches = 0;
  std::uint32_t kills = 0;
  std::uint32_t power_cuts = 0;
  std::filesystem::path directory;  ///< a new one in it holds the file
  bool is_quiet = false;            ///< without a line that tells the progress
};

/// Processes that work on one file, and are killed; returns when every branch is decided.
class Run {
 public:
  explicit Run(const Options& options);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  void carry_out();
  [[nodiscard]] Board& board() { return board_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Place {
    bool is_stranger = false;
    pid_t pid = 0;
    int incarnation = 0;
  };

  void make_file();
  void start(Place& place);
  void kill_somebody();
  void cut_power();
  void kill_and_bury(Place& place);
  void look_after();
  void bury(Place& place, int status);
  void check_progress();
  void end();
  int number(int bound);
  /// How many of `whole` are due by now.
  std::uint32_t share(std::uint32_t whole);

  Options options_;
  Board board_;
  std::filesystem::path directory_;
  Judge judge_;
  std::mt19937_64 random_;
  std::vector<Place> places_;
  int incarnations_ = 0;
  std::uint32_t power_cuts_ = 0;
  std::uint32_t last_progress_ = 0;
  Clock::time_point last_moved_ = Clock::now();
};

}  // namespace xaodbc::torture

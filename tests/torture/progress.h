#pragma once

#include <chrono>

#include "tests/torture/board.h"

namespace xaodbc::torture {

/// A line that says how far a run is: rewritten each second on a terminal, else written every
/// fifteen seconds.
class Progress {
 public:
  Progress(Board& board, bool is_quiet);
  void show();
  void end();

 private:
  using Clock = std::chrono::steady_clock;
  void write();

  Board& board_;
  bool quiet_;
  bool terminal_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point next_ = Clock::now();
};

}  // namespace xaodbc::torture

#include "tests/torture/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace xaodbc::torture {

Progress::Progress(Board& board, bool is_quiet)
    : board_(board), quiet_(is_quiet), terminal_(isatty(STDOUT_FILENO) == 1) {}

void Progress::show() {
  if (quiet_ || Clock::now() < next_) return;
  next_ = Clock::now() + std::chrono::seconds(terminal_ ? 1 : 15);
  write();
  if (!terminal_) std::putchar('\n');
  std::fflush(stdout);
}

void Progress::end() {
  if (quiet_) return;
  write();
  std::putchar('\n');
  std::fflush(stdout);
}

void Progress::write() {
  const std::chrono::duration<double> passed = Clock::now() - begun_;
  const double done = board_.begun();
  const double left = done > 0 ? passed.count() * (board_.size() - done) / done : 0;
  std::printf("%s%.0f branches, %.0f/s, %u kills, %u violations, %.0f s left   ",
              terminal_ ? "\r" : "", done, done / passed.count(), board_.counters().kills.load(),
              board_.counters().violations.load(), left);
}

}  // namespace xaodbc::torture

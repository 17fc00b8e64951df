#include "tests/sim/progress.h"

#include <unistd.h>

#include <cstdio>

namespace xaodbc::sim {
namespace {

constexpr std::chrono::seconds kOnTerminal{1};
constexpr std::chrono::seconds kElsewhere{15};

}  // namespace

Progress::Progress(std::uint32_t transactions)
    : transactions_(transactions), terminal_(isatty(STDOUT_FILENO) == 1) {}

void Progress::show(const Counters& counters, std::uint32_t faults) {
  if (Clock::now() < next_) return;
  next_ = Clock::now() + (terminal_ ? kOnTerminal : kElsewhere);
  write(counters, faults);
  if (!terminal_) std::putchar('\n');
  std::fflush(stdout);
}

void Progress::end(const Counters& counters, std::uint32_t faults) {
  write(counters, faults);
  std::putchar('\n');
  std::fflush(stdout);
}

void Progress::write(const Counters& counters, std::uint32_t faults) const {
  const std::chrono::duration<double> passed = Clock::now() - begun_;
  const double done = counters.begun;
  const double left = done > 0 ? passed.count() * (transactions_ - done) / done : 0;
  std::printf("%s%llu branches, %.0f/s, %u faults, %u violations, %.0f s left   ",
              terminal_ ? "\r" : "", static_cast<unsigned long long>(counters.branches.load()),
              static_cast<double>(counters.branches) / passed.count(), faults,
              counters.violations.load(), left < 0 ? 0.0 : left);
}

}  // namespace xaodbc::sim

#include "base/process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <future>
#include <memory>

namespace xaodbc {
namespace {

/// Of those that have a name; SIGKILL and SIGSTOP cannot be blocked.
int signals_taken() {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  int taken = 0;
  for (int signal = 1; signal <= SIGSYS; ++signal) {
    taken += ::sigismember(&mask, signal) == 0 && signal != SIGKILL && signal != SIGSTOP ? 1 : 0;
  }
  return taken;
}

TEST(GuestThread, TakesNoSignalAndItsMakerHearsAsBefore) {
  const int before = signals_taken();
  const auto taken = std::make_shared<std::promise<int>>();
  ASSERT_TRUE(start_guest_thread("guest", [taken] { taken->set_value(signals_taken()); }));
  EXPECT_EQ(taken->get_future().get(), 0);
  EXPECT_EQ(signals_taken(), before);
  EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace xaodbc

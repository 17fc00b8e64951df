#include "base/adaptive_mutex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace xaodbc {

/// Whoever was woken does not know whether others sleep, and says so to be sure. Not by the wait of
/// std::atomic, which gives the processor away several times before it sleeps (GCC 12).
void AdaptiveMutex::lock_asleep() {
  static_assert(sizeof state_ == sizeof(std::uint32_t) && decltype(state_)::is_always_lock_free,
                "the kernel waits on the 32 bits of the atomic itself");
  while (state_.exchange(State::kAwaited, std::memory_order_acquire) != State::kFree) {
    ::syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(State::kAwaited),
              nullptr, nullptr, 0);
  }
}

void AdaptiveMutex::wake_one() {
  ::syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace xaodbc

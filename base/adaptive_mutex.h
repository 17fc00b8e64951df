#pragma once

#include <atomic>

#include "base/spin.h"

namespace xaodbc {

/// A mutex for sections of a microsecond, at two instructions when it is free: who finds it taken
/// looks again for about as long before it sleeps.
class AdaptiveMutex {
 public:
  AdaptiveMutex() = default;
  AdaptiveMutex(const AdaptiveMutex&) = delete;
  AdaptiveMutex& operator=(const AdaptiveMutex&) = delete;

  void lock() {
    if (!comes_soon([this] { return try_lock(); })) lock_asleep();
  }
  bool try_lock() {
    auto state = State::kFree;
    return state_.compare_exchange_strong(state, State::kTaken, std::memory_order_acquire);
  }
  void unlock() {
    const auto was = state_.exchange(State::kFree, std::memory_order_release);
    if (was == State::kAwaited) state_.notify_one();
  }

 private:
  enum class State : int { kFree, kTaken, kAwaited };

  /// Whoever was woken does not know whether others sleep, and says so to be sure.
  void lock_asleep() {
    while (state_.exchange(State::kAwaited, std::memory_order_acquire) != State::kFree) {
      state_.wait(State::kAwaited, std::memory_order_relaxed);
    }
  }

  std::atomic<State> state_{State::kFree};
};

}  // namespace xaodbc

#pragma once

#include <atomic>
#include <cstdint>

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
    if (was == State::kAwaited) wake_one();
  }

 private:
  enum class State : std::uint32_t { kFree, kTaken, kAwaited };

  void lock_asleep();
  void wake_one();

  std::atomic<State> state_{State::kFree};
};

}  // namespace xaodbc

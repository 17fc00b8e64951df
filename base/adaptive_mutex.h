#pragma once

#include <pthread.h>

namespace xaodbc {

/// A mutex for sections of a microsecond without a system call: who finds it taken looks again for
/// about as long before it sleeps, which saves both sides a system call and a switch. glibc's own
/// adaptive mutex gives up earlier.
class AdaptiveMutex {
 public:
  AdaptiveMutex() = default;
  AdaptiveMutex(const AdaptiveMutex&) = delete;
  AdaptiveMutex& operator=(const AdaptiveMutex&) = delete;
  ~AdaptiveMutex() { pthread_mutex_destroy(&mutex_); }

  void lock() {
    for (int look = 0; look < kLooks; ++look) {
      if (pthread_mutex_trylock(&mutex_) == 0) return;
      for (int i = 0; i < kPauses; ++i) pause();
    }
    pthread_mutex_lock(&mutex_);
  }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  static constexpr int kLooks = 6;
  static constexpr int kPauses = 8;

  /// Tells the processor that somebody else is waited for.
  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

}  // namespace xaodbc

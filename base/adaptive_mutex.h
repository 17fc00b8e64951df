#pragma once

#include <pthread.h>

#include "base/spin.h"

namespace xaodbc {

/// A mutex for sections of a microsecond without a system call: who finds it taken looks again for
/// about as long before it sleeps. glibc's own adaptive mutex gives up earlier.
class AdaptiveMutex {
 public:
  AdaptiveMutex() = default;
  AdaptiveMutex(const AdaptiveMutex&) = delete;
  AdaptiveMutex& operator=(const AdaptiveMutex&) = delete;
  ~AdaptiveMutex() { pthread_mutex_destroy(&mutex_); }

  void lock() {
    if (!comes_soon([this] { return pthread_mutex_trylock(&mutex_) == 0; })) {
      pthread_mutex_lock(&mutex_);
    }
  }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

}  // namespace xaodbc

#pragma once

#include <mutex>

#include "base/deadline.h"

#if defined(XAODBC_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#endif

namespace xaodbc {

/// A std::timed_mutex whose waits end at a Deadline. The thread sanitizers of GCC 12 and clang 14
/// do not see pthread_mutex_clocklock, which is behind waits on a steady clock, and are told.
class TimedMutex {
 public:
  void lock() { mutex_.lock(); }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

  bool try_lock_until(Deadline::Clock::time_point when) {
    const bool locked = mutex_.try_lock_until(when);
#if defined(XAODBC_THREAD_SANITIZER)
    if (locked) {
      __tsan_mutex_pre_lock(mutex_.native_handle(), __tsan_mutex_try_lock);
      __tsan_mutex_post_lock(mutex_.native_handle(), __tsan_mutex_try_lock, 0);
    }
#endif
    return locked;
  }

 private:
  std::timed_mutex mutex_;
};

}  // namespace xaodbc

#pragma once

#include <pthread.h>

namespace xaodbc {

/// While it lives, pthread_cancel of the calling thread waits. A cancellation is an unwinding that
/// must not be stopped, and an exception that must not leave us: taken inside a verb it would end
/// the process, and in a driver leave who knows what (I9).
class Uncancelled {
 public:
  Uncancelled() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~Uncancelled() { pthread_setcancelstate(before_, nullptr); }
  Uncancelled(const Uncancelled&) = delete;
  Uncancelled& operator=(const Uncancelled&) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace xaodbc

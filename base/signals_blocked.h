#pragma once

#include <signal.h>

namespace xaodbc {

/// Blocks every signal for the calling thread for as long as it lives. A thread that is made
/// meanwhile inherits the mask: signals of the host process are not for ours (I9).
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace xaodbc

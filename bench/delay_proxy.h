#pragma once

#include <chrono>
#include <thread>

#include "tests/support/loopback.h"

namespace xaodbc::bench {

/// A network that is slow: takes TCP connections on a loopback port of its own and passes every
/// byte on to a server after half of `round_trip`, and every answer after the other half. Whatever
/// was sent in the meantime is under way at the same time, as on a real line.
class DelayProxy {
 public:
  DelayProxy(unsigned short server_port, std::chrono::microseconds round_trip);
  DelayProxy(const DelayProxy&) = delete;
  DelayProxy& operator=(const DelayProxy&) = delete;
  /// Every connection is cut.
  ~DelayProxy();

  [[nodiscard]] unsigned short port() const { return port_.number(); }

 private:
  support::ReservedPort port_;
  support::WakeUp stop_;
  std::thread thread_;
};

}  // namespace xaodbc::bench

#pragma once

#include <chrono>
#include <thread>

#include "base/deadline.h"

namespace xaodbc::odbc {

/// Waits between two questions to a server that cannot be waited on: 1 ms first, up to 50 ms.
/// False once the deadline has passed.
class Polling {
 public:
  explicit Polling(Deadline deadline) : deadline_(deadline) {}

  bool again() {
    if (deadline_.expired()) return false;
    std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(pause_, deadline_.remaining()));
    pause_ = std::min(pause_ * 2, std::chrono::milliseconds(50));
    return true;
  }

 private:
  Deadline deadline_;
  std::chrono::milliseconds pause_{1};
};

}  // namespace xaodbc::odbc

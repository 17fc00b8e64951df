#pragma once

#include <atomic>
#include <cstdint>

#include "base/deadline.h"

namespace xaodbc::odbc {

class Watchdog;

/// Bounds every call into an ODBC driver. No driver on Debian 12 has a usable timeout of its own
/// (drivers.md 5): psqlODBC's works on the server side only, MariaDB's SQLCancel hangs with the
/// server. So one thread of the library looks at the calls that are under way; when one is past its
/// deadline it finds the socket on which the calling thread waits (/proc/self/task/TID/syscall) and
/// shuts it down, upon which the driver returns "connection lost" at once.
///
/// One Watch belongs to one connection (or to one connect).
class Watch {
 public:
  Watch();
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// The calling thread is about to call the driver. Two atomic stores when nothing is wrong.
  void begin(Deadline deadline);
  /// The driver returned. True when the call was cut off because its deadline had passed.
  bool end();

 private:
  friend class Watchdog;
  Watchdog* dog_;
  std::uint64_t generation_;
  std::atomic<std::int64_t> deadline_ns_{0};  ///< 0: no call under way
  std::atomic<std::int32_t> thread_{0};
  std::atomic<bool> cutting_{false};  ///< the watchdog is at work; end() waits for it
  std::atomic<bool> cut_{false};
};

}  // namespace xaodbc::odbc

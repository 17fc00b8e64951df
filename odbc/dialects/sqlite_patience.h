#pragma once

#include "config/settings.h"
#include "odbc/connection.h"

namespace xaodbc::odbc {

/// How long a verb waits for another writer of the file: so much less than verb_timeout that it is
/// SQLite who says that there was one.
inline std::chrono::milliseconds usual_patience(const config::ResourceSettings& settings) {
  return std::chrono::milliseconds(settings.verb_timeout) / 2;
}

/// While it lives, a connection waits no longer than is left, almost, and than `longest`, where
/// that is less than usual.
class Patience {
 public:
  Patience(Connection& connection, std::chrono::milliseconds usual, Deadline deadline,
           std::chrono::milliseconds longest = std::chrono::milliseconds::max());
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;
  ~Patience();

 private:
  void set(std::chrono::milliseconds patience);

  Connection& connection_;
  const std::chrono::milliseconds usual_;
  const Deadline deadline_;
  bool shortened_ = false;
};

}  // namespace xaodbc::odbc

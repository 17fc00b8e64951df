#pragma once

#include <functional>
#include <string>

#include "sqlite/api.h"

namespace xaodbc::sqlite {

enum class Ending { kUnknown, kBusy, kEnded };

/// A connection of this process under a name that no other connection of any process has. Under it
/// another thread can end what the connection is doing, as a server would end a session: a file has
/// nobody else who could.
class Session {
 public:
  /// `roll_back` is called by end_session(), in any thread, with the connection's mutex held.
  Session(sqlite3* db, std::function<void()> roll_back);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
};

/// Interrupts the statement that runs on that connection and rolls its transaction back, so that
/// the file is free for others once no cursor is open there. kBusy: the statement has not ended
/// yet, ask again. kUnknown: no connection of this process, or `own`, which asks.
Ending end_session(const std::string& name, const sqlite3* own);

}  // namespace xaodbc::sqlite

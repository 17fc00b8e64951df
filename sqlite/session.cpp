#include "sqlite/session.h"

#include <unistd.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <utility>

namespace xaodbc::sqlite {
namespace {

/// Processes in different containers may have the same number.
std::string name_of_process() {
  std::random_device random;
  return std::to_string(getpid()) + "-" + std::to_string(random()) + "-";
}

struct Connection {
  sqlite3* db;
  std::function<void()> roll_back;
};

struct Registry {
  const pid_t process = getpid();
  const std::string prefix = name_of_process();
  std::mutex mutex;
  std::map<std::string, Connection> connections;
  unsigned long next = 1;
};

/// A forked child has none of its parent's connections: using one would change the parent's file.
/// It may also have been forked while another thread held the lock, so what it inherits is left.
Registry& registry() {
  static std::atomic<Registry*> current{nullptr};
  Registry* known = current.load();
  if (known != nullptr && known->process == getpid()) return *known;
  auto fresh = std::make_unique<Registry>();
  return current.compare_exchange_strong(known, fresh.get()) ? *fresh.release() : *known;
}

}  // namespace

Session::Session(sqlite3* db, std::function<void()> roll_back) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  name_ = all.prefix + std::to_string(all.next++);
  all.connections.emplace(name_, Connection{db, std::move(roll_back)});
}

Session::~Session() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  all.connections.erase(name_);
}

Ending end_session(const std::string& name, const sqlite3* own) {
  Registry& all = registry();
  // Held to the end: whoever closes the connection waits in ~Session, with the connection's mutex.
  // So that one is only tried.
  const std::lock_guard lock(all.mutex);
  const auto found = all.connections.find(name);
  if (found == all.connections.end() || found->second.db == own) return Ending::kUnknown;
  sqlite3* db = found->second.db;
  sqlite3_interrupt(db);
  sqlite3_mutex* mutex = sqlite3_db_mutex(db);
  // Without a mutex SQLite was told that it is used by one thread.
  if (mutex == nullptr || sqlite3_mutex_try(mutex) != SQLITE_OK) return Ending::kBusy;
  found->second.roll_back();
  const bool ended = sqlite3_get_autocommit(db) != 0;
  sqlite3_mutex_leave(mutex);
  return ended ? Ending::kEnded : Ending::kBusy;
}

}  // namespace xaodbc::sqlite

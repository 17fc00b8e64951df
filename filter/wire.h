#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "filter/interface.h"
#include "filter/libpq.h"

namespace xaodbc::filter {

/// A libpq connection that the bridge uses. The atomic members are shared: xa_rollback may
/// disarm from another thread than the one that works on the connection.
struct Wire {
  explicit Wire(const char* sentinel_text) : sentinel(sentinel_text) {}

  /// The sentinel of that number, complete.
  [[nodiscard]] std::string text(std::uint64_t of) const {
    return sentinel + std::to_string(of) + ";";
  }

  const std::string sentinel;
  std::string begin{};  ///< BEGIN and the sentinel as last sent; of the thread that sends
  std::atomic<PgConnection*> connection{nullptr};
  std::atomic<std::uint64_t> next{0};    ///< number of the branch that kBeginLater begins
  std::atomic<std::uint64_t> number{0};  ///< armed with it, 0: not armed
  std::atomic<bool> used{false};         ///< something was sent since it was armed
  std::atomic<bool> committed{false};    ///< a transaction was, since it was armed
};

/// Of that connection, or null. A few loads: every statement of every psqlODBC connection of the
/// process comes by here. There is no lock that a fork could leave taken.
Wire* find_wire(const PgConnection* connection);
/// False when there is no room for one more; the connection then does without.
bool enlist(Wire& wire, PgConnection* connection);
void dismiss(Wire& wire);

}  // namespace xaodbc::filter

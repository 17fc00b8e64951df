#pragma once

#include <array>
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
  /// Number of the sentinel that did not go out with BEGIN: it goes in front of the first text that
  /// may roll back. 0 when it went out, and when the transaction has ended or perhaps has.
  std::atomic<std::uint64_t> held{0};
  std::atomic<bool> committed{false};  ///< a transaction was, since it was armed
  std::atomic<bool> wrote{false};      ///< rows were changed, since it was armed
  std::atomic<bool> changed_settings{false};
  /// Since it was armed only queries and changes of rows went by, and none of them failed.
  std::atomic<bool> plain{false};
  std::atomic<bool> told_inside{false};  ///< what the driver was told last: inside a transaction
  /// Ever: when the application frees such a statement the driver sends something, at any time.
  std::atomic<bool> named_plans{false};
  std::atomic<bool> wrote_now{false};  ///< rows were changed by the text under way

  /// The next branch begins with whatever is sent next.
  void arm() {
    used = false;
    held = 0;
    committed = false;
    wrote = false;
    plain = true;
    number = next.exchange(0);
  }

  /// Of the last Reply; of the thread that receives.
  struct Texts {
    std::array<char, 6> sqlstate{};
    std::array<char, 512> message{};
    std::array<char, 64> tag{};
    std::array<char, 64> value{};
    bool warned = false;
    void clear() {
      sqlstate[0] = message[0] = tag[0] = value[0] = 0;
      warned = false;
    }
  };
  Texts texts{};
  Libpq::Receiver* receiver = nullptr;  ///< the driver's, while an answer is waited for
};

/// Of that connection, or null. A few loads: every statement of every psqlODBC connection of the
/// process comes by here. There is no lock that a fork could leave taken.
Wire* find_wire(const PgConnection* connection);
/// False when there is no room for one more; the connection then does without.
bool enlist(Wire& wire, PgConnection* connection);
void dismiss(Wire& wire);

}  // namespace xaodbc::filter

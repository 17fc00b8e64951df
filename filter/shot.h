#pragma once

#include <cstdint>
#include <string>

#include "filter/ending.h"
#include "filter/hooks.h"
#include "filter/wire.h"

namespace xaodbc::filter {

/// What goes out in front: BEGIN, and the sentinel with it or later, or the sentinel that was held.
/// Its number is taken from the wire, and goes back when nothing was sent after all: the next text
/// must not go out without.
class Shot {
 public:
  explicit Shot(Wire& wire)
      : wire_(wire),
        begins_(wire.number != 0),
        number_((begins_ ? wire.number : wire.held).exchange(0)) {}
  Shot(const Shot&) = delete;
  Shot& operator=(const Shot&) = delete;
  ~Shot() {
    if (!fired_) (begins_ ? wire_.number : wire_.held) = number_;
  }

  /// Not in an aborted transaction, where the sentinel would keep the application's ROLLBACK from
  /// the server and prepare notices what is wrong, and not on a dead connection.
  [[nodiscard]] bool hits(Transaction transaction) const {
    const bool idle = transaction == Transaction::kIdle;
    return number_ != 0 && (transaction == Transaction::kInside || (begins_ && idle));
  }
  /// A statement that the driver has had planned before shows its text no more.
  [[nodiscard]] bool may_hold(const char* text) const {
    return begins_ && !wire_.named_plans && !may_roll_back(text);
  }
  [[nodiscard]] std::string sentinel() const { return wire_.text(number_); }
  void fired() { fired_ = true; }
  /// The text went out alone: what was to begin has no beginning any more, what was held still is.
  void missed() { fired_ = begins_; }
  void held() {
    fired_ = true;
    wire_.held = number_;
  }

 private:
  Wire& wire_;
  const bool begins_;
  const std::uint64_t number_;
  bool fired_ = false;
};

}  // namespace xaodbc::filter

#pragma once

#include <atomic>
#include <cstdint>

#include "base/deadline.h"

namespace xaodbc::log {

/// One thread that waits for one answer. Lives on that thread's stack: after answer() has stored
/// the answer it touches the object no more, so the thread may return at once. Woken alone: a
/// condition variable shared by all would wake everybody for the answer of one.
class Waiter {
 public:
  enum class Answer : std::uint32_t { kNone, kDurable, kPoisoned };

  void answer(Answer answer) noexcept;
  /// kNone when the deadline passed first.
  [[nodiscard]] Answer wait(Deadline deadline) const noexcept;
  [[nodiscard]] Answer answered() const noexcept { return answer_.load(std::memory_order_acquire); }

 private:
  std::atomic<Answer> answer_{Answer::kNone};
};

}  // namespace xaodbc::log

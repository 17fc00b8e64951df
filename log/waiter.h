#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>

#include "base/deadline.h"

namespace xaodbc::log {

class Answers;

/// One thread that waits for one answer. Lives on that thread's stack: after answer() has stored
/// the answer it touches the object no more, so the thread may return at once. Woken alone: a
/// condition variable shared by all would wake everybody for the answer of one.
class Waiter {
 public:
  enum class Answer : std::uint32_t { kNone, kDone, kFailed };

  void answer(Answer answer) noexcept;
  /// kNone when the deadline passed first.
  [[nodiscard]] Answer wait(Deadline deadline) const noexcept;
  /// For an answer that comes in a moment, or when the disk lets it.
  [[nodiscard]] Answer wait() const noexcept;
  [[nodiscard]] Answer answered() const noexcept { return answer_.load(std::memory_order_acquire); }

 private:
  friend class Answers;
  /// Returns when there may be an answer, or at `until`, which may be null.
  void sleep(const timespec* until) const noexcept;

  std::atomic<Answer> answer_{Answer::kNone};
  Waiter* next_ = nullptr;         ///< of Answers, until it is answered
  Answer coming_ = Answer::kNone;  ///< as well
};

/// Answers that were found under a lock and are given once it is free, in the order in which they
/// were found: whoever was woken before would soon stand in front of it.
class Answers {
 public:
  Answers() = default;
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;
  ~Answers() { give(); }

  void add(Waiter& waiter, Waiter::Answer answer) noexcept;
  void give() noexcept;

 private:
  Waiter* first_ = nullptr;
  Waiter** end_ = &first_;
};

}  // namespace xaodbc::log

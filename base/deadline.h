#pragma once

#include <algorithm>
#include <chrono>

namespace xaodbc {

/// The moment by which a verb must have answered. One deadline serves all the steps of a verb, so
/// that a verb that has to ask again after a lost connection still ends within verb_timeout.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static Deadline after(Clock::duration duration) { return Deadline(Clock::now() + duration); }
  static Deadline at(Clock::time_point when) { return Deadline(when); }

  [[nodiscard]] Clock::time_point when() const { return when_; }
  [[nodiscard]] bool expired() const { return Clock::now() >= when_; }
  [[nodiscard]] Clock::duration remaining() const {
    return std::max(when_ - Clock::now(), Clock::duration::zero());
  }
  /// The earlier of this deadline and now + `duration`.
  [[nodiscard]] Deadline at_most(Clock::duration duration) const {
    return Deadline(std::min(when_, Clock::now() + duration));
  }

 private:
  explicit Deadline(Clock::time_point when) : when_(when) {}
  Clock::time_point when_;
};

}  // namespace xaodbc

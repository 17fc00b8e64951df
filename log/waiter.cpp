#include "log/waiter.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "base/spin.h"

namespace xaodbc::log {
namespace {

static_assert(sizeof(std::atomic<Waiter::Answer>) == sizeof(std::uint32_t) &&
                  std::atomic<Waiter::Answer>::is_always_lock_free,
              "the kernel waits on the 32 bits of the atomic itself");

timespec absolute(Deadline deadline) {
  using std::chrono::duration_cast;
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  const auto since = deadline.when().time_since_epoch();
  const auto whole = duration_cast<seconds>(since);
  timespec time{};
  time.tv_sec = whole.count();
  time.tv_nsec = duration_cast<nanoseconds>(since - whole).count();
  return time;
}

}  // namespace

void Waiter::answer(Answer answer) noexcept {
  const void* address = &answer_;
  answer_.store(answer, std::memory_order_release);
  // Only the address is used from here on; a wake for memory that is gone wakes nobody.
  ::syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

Waiter::Answer Waiter::wait(Deadline deadline) const noexcept {
  const timespec until = absolute(deadline);
  for (;;) {
    if (const auto answer = answered(); answer != Answer::kNone) return answer;
    if (deadline.expired()) return Answer::kNone;
    sleep(&until);
  }
}

Waiter::Answer Waiter::wait() const noexcept {
  const auto has_come = [this] { return answered() != Answer::kNone; };
  if (!comes_soon(has_come)) {
    while (!has_come()) sleep(nullptr);
  }
  return answered();
}

void Answers::add(Waiter& waiter, Waiter::Answer answer) noexcept {
  waiter.coming_ = answer;
  *std::exchange(end_, &waiter.next_) = &waiter;
}

void Answers::give() noexcept {
  while (first_ != nullptr) {
    Waiter& waiter = *std::exchange(first_, first_->next_);
    waiter.answer(waiter.coming_);
  }
  end_ = &first_;
}

/// steady_clock is CLOCK_MONOTONIC, which FUTEX_WAIT_BITSET takes as an absolute time.
void Waiter::sleep(const timespec* until) const noexcept {
  ::syscall(SYS_futex, &answer_, FUTEX_WAIT_BITSET_PRIVATE,
            static_cast<std::uint32_t>(Answer::kNone), until, nullptr, FUTEX_BITSET_MATCH_ANY);
}

}  // namespace xaodbc::log

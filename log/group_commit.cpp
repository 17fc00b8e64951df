#include "log/group_commit.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/signals_blocked.h"
#include "log/unthrown.h"

namespace xaodbc::log {
namespace {

/// As unthrown(), with a code that means the same to everybody.
Status given_up_after(const Status& cause) noexcept {
  try {
    return {StatusCode::kLogPoisoned, "branch log segment is given up after: " + cause.message()};
  } catch (const std::exception&) {
    return {StatusCode::kLogPoisoned, "no memory"};
  }
}

}  // namespace

GroupCommit::~GroupCommit() { stop(); }

void GroupCommit::expect(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  fates_[number];
}

void GroupCommit::switch_to(std::uint64_t number, std::shared_ptr<SegmentTail> tail) {
  Answers answers;
  const std::lock_guard lock(mutex_);
  std::erase_if(fates_, [number](const auto& fate) {
    return fate.first != number && fate.second.poison.is_ok();
  });
  // In this order: whoever sees the new number must not take the old end for its own.
  durable_end_ = 0;
  number_ = number;
  tail_ = std::move(tail);
  requested_end_ = tail_->written_end();
  durable_end_ = requested_end_;
  poisoned_ = false;
  find_answers(answers);
}

Status GroupCommit::request(Ticket ticket) {
  std::unique_lock lock(mutex_);
  const auto sleeps = ask(ticket);
  if (!sleeps) return sleeps.error();
  lock.unlock();
  if (*sleeps) wake_thread_.notify_one();
  return {};
}

Status GroupCommit::wait(Ticket ticket, Deadline deadline) {
  if (is_known_durable(ticket)) return {};
  Waiter waiter;
  {
    std::unique_lock lock(mutex_);
    if (const Status* poison = poison_of(ticket)) return *poison;
    if (is_durable(ticket)) return {};
    // Before anything is asked for: others rely on it that the thread was woken.
    waiters_.reserve(waiters_.size() + 1);
    const auto sleeps = ask(ticket);
    if (!sleeps) return sleeps.error();
    waiters_.push_back({ticket, &waiter});
    lock.unlock();
    if (*sleeps) wake_thread_.notify_one();
  }
  const auto answer = waiter.wait(deadline);
  if (answer == Waiter::Answer::kDone) return {};
  std::unique_lock lock(mutex_);
  if (answer == Waiter::Answer::kNone && !forget(waiter)) {
    // It is being given at this moment, and nobody needs the lock for that.
    lock.unlock();
    if (waiter.wait() == Waiter::Answer::kDone) return {};
    lock.lock();
  }
  if (const Status* poison = poison_of(ticket)) return *poison;
  return {StatusCode::kRetry, "the branch log record was not durable in time; it may become so"};
}

void GroupCommit::poison(const Status& cause) {
  Answers answers;
  const std::lock_guard lock(mutex_);
  poison_locked(cause, answers);
}

void GroupCommit::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_thread_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status GroupCommit::start_thread() {
  if (thread_.joinable()) return {};
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::exception& error) {
    return {StatusCode::kRetry, std::string("cannot start the log writer: ") + error.what()};
  }
  return {};
}

Result<bool> GroupCommit::ask(Ticket ticket) {
  if (const Status* poison = poison_of(ticket)) return failure(*poison);
  if (is_durable(ticket) || ticket.end <= requested_end_) return false;
  if (stopping_) return failure(StatusCode::kRetry, "the branch log is being closed");
  if (auto status = start_thread(); !status.is_ok()) return failure(std::move(status));
  requested_end_ = ticket.end;
  return thread_sleeps_;
}

bool GroupCommit::is_known_durable(Ticket ticket) const {
  return number_ == ticket.segment && ticket.end <= durable_end_ && number_ == ticket.segment;
}

bool GroupCommit::is_durable(Ticket ticket) const {
  if (ticket.segment == number_) return ticket.end <= durable_end_.load();
  return poison_of(ticket) == nullptr;
}

const Status* GroupCommit::poison_of(Ticket ticket) const {
  const auto found = fates_.find(ticket.segment);
  if (found == fates_.end() || ticket.end <= found->second.durable_end) return nullptr;
  return found->second.poison.is_ok() ? nullptr : &found->second.poison;
}

void GroupCommit::poison_locked(const Status& cause, Answers& answers) {
  if (poisoned_.exchange(true)) return;
  fates_[number_] = {durable_end_, given_up_after(cause)};
  find_answers(answers);
}

void GroupCommit::find_answers(Answers& answers) {
  std::erase_if(waiters_, [&](const Pending& pending) {
    const bool poisoned = poison_of(pending.ticket) != nullptr;
    if (!poisoned && !is_durable(pending.ticket)) return false;
    answers.add(*pending.waiter, poisoned ? Waiter::Answer::kFailed : Waiter::Answer::kDone);
    return true;
  });
}

bool GroupCommit::forget(const Waiter& waiter) {
  return std::erase_if(waiters_,
                       [&waiter](const Pending& pending) { return pending.waiter == &waiter; }) > 0;
}

bool GroupCommit::work_to_do() const { return !poisoned_ && requested_end_ > durable_end_; }

void GroupCommit::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    thread_sleeps_ = true;
    wake_thread_.wait(lock, [this] { return stopping_ || work_to_do(); });
    thread_sleeps_ = false;
    if (!work_to_do()) return;
    sync_once(lock);
  }
}

void GroupCommit::sync_once(std::unique_lock<std::mutex>& lock) {
  const auto number = number_.load();
  const auto tail = tail_;
  // Read before the sync: what is written while it runs may have missed it.
  const auto end = tail->written_end();
  lock.unlock();
  // An exception that leaves our thread would end the host (I9).
  const auto status = unthrown([&tail] { return tail->file().sync(); });
  lock.lock();
  Answers answers;
  note_sync(number, end, status, answers);
  lock.unlock();
  answers.give();
  lock.lock();
}

void GroupCommit::note_sync(std::uint64_t number, std::uint64_t end, const Status& status,
                            Answers& answers) {
  if (number != number_) return;
  if (!status.is_ok()) return poison_locked(status, answers);
  if (poisoned_) return;
  durable_end_ = std::max(durable_end_.load(), end);
  requested_end_ = std::max(requested_end_, end);
  find_answers(answers);
}

}  // namespace xaodbc::log

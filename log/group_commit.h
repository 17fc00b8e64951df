#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/file.h"
#include "base/status.h"
#include "base/ticket.h"
#include "log/segment_tail.h"
#include "log/waiter.h"

namespace xaodbc::log {

/// Makes what is written durable: one thread syncs the current segment for everybody who waits at
/// that moment, while others go on writing behind it. Thread-safe. The first failed sync is the
/// last one of a segment (I6): the kernel reports lost pages once and calls them clean afterwards.
class GroupCommit {
 public:
  GroupCommit() = default;
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  /// Syncs what was asked for and ends the thread.
  ~GroupCommit();

  /// Makes the place for what may become of segment `number`: noting a failure then needs no
  /// memory.
  void expect(std::uint64_t number);
  /// From now on tickets are of segment `number`, which was expected, and durable as far as it was
  /// written. Everything of the segment before has been carried over or is no longer needed: it
  /// counts as durable, unless the segment is poisoned.
  void switch_to(std::uint64_t number, std::shared_ptr<SegmentTail> tail);

  /// Starts a sync for the ticket unless one that covers it is still to come.
  Status request(Ticket ticket);
  Status wait(Ticket ticket, Deadline deadline);

  /// The current segment accepts nothing more; everybody who waits for what is not durable hears
  /// it.
  void poison(const Status& cause);
  [[nodiscard]] bool poisoned() const { return poisoned_.load(std::memory_order_acquire); }
  /// Everything of the current segment in front of it is durable.
  [[nodiscard]] std::uint64_t durable_end() const {
    return durable_end_.load(std::memory_order_acquire);
  }

  /// As the destructor; nothing becomes durable afterwards.
  void stop();

 private:
  struct Pending {
    Ticket ticket;
    Waiter* waiter;
  };
  /// What became of a segment; ok while nothing failed.
  struct Fate {
    std::uint64_t durable_end = 0;
    Status poison;
  };

  /// Without the mutex; false also for what became durable just now.
  [[nodiscard]] bool is_known_durable(Ticket ticket) const;

  // The rest is called with mutex_ held, but run().
  Status start_thread();
  /// True: the thread sleeps. It is woken once the mutex is free, which it needs at once.
  Result<bool> ask(Ticket ticket);
  [[nodiscard]] bool is_durable(Ticket ticket) const;
  [[nodiscard]] const Status* poison_of(Ticket ticket) const;
  void poison_locked(const Status& cause, Answers& answers);
  void find_answers(Answers& answers);
  bool forget(const Waiter& waiter);
  [[nodiscard]] bool work_to_do() const;

  void run();
  void sync_once(std::unique_lock<std::mutex>& lock);
  void note_sync(std::uint64_t number, std::uint64_t end, const Status& status, Answers& answers);

  std::mutex mutex_;
  std::condition_variable wake_thread_;
  std::thread thread_;
  std::atomic<std::uint64_t> number_{0};
  std::shared_ptr<SegmentTail> tail_;
  std::uint64_t requested_end_ = 0;
  std::atomic<std::uint64_t> durable_end_{0};
  std::atomic<bool> poisoned_{false};
  /// Of the current segment, of those to come and of all poisoned ones.
  std::map<std::uint64_t, Fate> fates_;
  std::vector<Pending> waiters_;
  bool thread_sleeps_ = false;
  bool stopping_ = false;
};

}  // namespace xaodbc::log

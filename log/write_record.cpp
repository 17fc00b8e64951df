#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/of_this_thread.h"
#include "log/durable_log.h"
#include "log/unthrown.h"

/// How a record gets into our own segment:
///   1. place   under append_mutex_, in memory: its offset, its time, its share of the room
///   2. write   without a lock, perhaps beside others (segment_tail.h)
///   3. note    under append_mutex_: the index knows it, and whoever asks the log
/// A process that dies before 2 has written nothing. Until 3 the record is known to its thread
/// alone, so whoever replaces the segment waits for those in between.
namespace xaodbc::log {
namespace {

/// Others need no directory lock to fill a fresh segment before whoever made it gets to write.
constexpr int kAttempts = 100;

/// A write into the page cache takes a few microseconds, unless the disk is stuck.
constexpr std::chrono::microseconds kFirstLook{50};
constexpr std::chrono::microseconds kLastLook{5000};

/// Lets others have the lock until `done`, which they bring about in a moment. It happens when a
/// segment is full or broken, so that the path of every record need not tell anybody.
template <class Done>
void let_others(std::unique_lock<AdaptiveMutex>& lock, const Done& done) {
  for (auto pause = kFirstLook; !done(); pause = std::min(2 * pause, kLastLook)) {
    lock.unlock();
    std::this_thread::sleep_for(pause);
    lock.lock();
  }
}

}  // namespace

Result<Ticket> DurableLog::write(Record& record) {
  auto ticket = write_record(record);
  if (!ticket || record.type != RecordType::kRolledBack) return ticket;
  if (auto told = board_.ring(); !told.is_ok()) return failure(std::move(told));
  return ticket;
}

Result<Ticket> DurableLog::write_record(Record& record) {
  if (auto status = check_size(record); !status.is_ok()) return failure(std::move(status));
  record.pid = pid_;
  auto& placed = of_this_thread<Placed>();
  if (!try_place(record, placed)) {
    if (auto status = place_in_fresh(record, placed); !status.is_ok()) return failure(status);
  }
  return write_out(record, placed);
}

bool DurableLog::accepts(const Record& record) const {
  return own_ != nullptr && !replacing_ && !commit_.poisoned() && own_->has_room(record);
}

bool DurableLog::try_place(Record& record, Placed& placed) {
  const std::lock_guard lock(append_mutex_);
  if (!accepts(record)) return false;
  // Strictly growing within the process, so that the order of records is the order of events even
  // while somebody sets the clock back.
  record.time_us = last_time_us_ = std::max(wall_time_us(), last_time_us_ + 1);
  own_->place(record, commit_.durable_end(), placed);
  ++writers_;
  return true;
}

Status DurableLog::place_in_fresh(Record& record, Placed& placed) {
  const std::lock_guard directory_lock(directory_mutex_);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (try_place(record, placed)) return {};
    if (auto status = replace_segment(&record); !status.is_ok()) return no_room(status);
  }
  return no_room({StatusCode::kLogFull, "others were faster each time"});
}

Result<Ticket> DurableLog::write_out(const Record& record, Placed& placed) {
  const auto tail = std::exchange(placed.tail, nullptr);
  auto status = tail->write(placed.start, placed.bytes);
  std::unique_lock lock(append_mutex_);
  if (!status.is_ok() && stands_after_all(lock, *tail, placed, status)) status = {};
  --writers_;
  // In the file and not in the index it would be lost when the segment is replaced.
  if (status.is_ok()) status = unthrown([&] { return own_->note(record, placed); });
  if (status.is_ok()) return placed.ticket;
  commit_.poison(status);
  return failure(StatusCode::kLogPoisoned, "branch log: " + status.message());
}

/// Others may be writing the same bytes at this moment, and a write that failed may have got as far
/// as this record: what is refused must not stand in the file.
bool DurableLog::stands_after_all(std::unique_lock<AdaptiveMutex>& lock, const SegmentTail& tail,
                                  const Placed& placed, const Status& cause) noexcept {
  commit_.poison(cause);
  ++failed_;
  let_others(lock, [this] { return writers_ == failed_; });
  --failed_;
  return tail.contains(placed.start, placed.bytes);
}

void DurableLog::await_writers(std::unique_lock<AdaptiveMutex>& lock) {
  replacing_ = true;
  let_others(lock, [this] { return writers_ == 0; });
  replacing_ = false;
}

Status DurableLog::no_room(const Status& cause) const {
  if (commit_.poisoned()) {
    return {StatusCode::kLogPoisoned,
            "branch log: the segment is given up and a new one failed: " + cause.message()};
  }
  return {StatusCode::kLogFull, "branch log " + options_.directory.string() +
                                    " has no room, free some: " + cause.message()};
}

}  // namespace xaodbc::log

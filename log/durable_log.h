#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/adaptive_mutex.h"
#include "log/branch_log.h"
#include "log/group_commit.h"
#include "log/mark_board.h"
#include "log/neighbours.h"
#include "log/open_files.h"
#include "log/own_segment.h"
#include "log/retention.h"
#include "log/unpublished.h"

namespace xaodbc::log {

/// The BranchLog on disk.
///
/// Two mutexes, always taken in this order: directory_mutex_ by whoever reads or changes the set of
/// segments, append_mutex_ to give a record its place in our own, and to note it once it is written
/// (write_record.cpp). Neither is held during a write or a sync for a caller; append_mutex_ is held
/// while a full segment is replaced, its successor being allocated before.
class DurableLog final : public BranchLog {
 public:
  DurableLog(Options options, FileSystem& files);
  DurableLog(const DurableLog&) = delete;
  DurableLog& operator=(const DurableLog&) = delete;
  ~DurableLog() override;

  /// What BranchLog::open() promises.
  Status start();

  std::uint64_t new_birth() override;
  std::uint64_t marks() override { return board_.read(); }
  std::uint64_t marks_heard() override { return board_.heard(); }
  Status ring() override { return board_.ring(); }
  Result<Ticket> append(Record& record) override { return write(record); }
  Result<Ticket> append_and_sync(Record& record) override;
  Status wait(Ticket ticket, Deadline deadline) override;
  Result<std::optional<BranchHistory>> find(std::string_view resource, const Xid& xid) override;
  Result<std::vector<BranchHistory>> live(std::string_view resource) override;
  void abandon_after_fork() noexcept override;

 private:
  /// A segment whose writer is dead; `lock` keeps others from adopting it at the same time.
  struct Dead {
    std::string name;
    std::shared_ptr<File> lock;
  };

  /// A segment that is being made.
  struct Fresh {
    std::unique_ptr<OwnSegment> segment;
    Unpublished file;
  };

  Result<Ticket> write(Record& record);
  Result<Ticket> write_record(Record& record);
  /// False when the record needs another segment.
  bool try_place(Record& record, Placed& placed);
  Status place_in_fresh(Record& record, Placed& placed);
  [[nodiscard]] bool accepts(const Record& record) const;
  Result<Ticket> write_out(const Record& record, Placed& placed);
  bool stands_after_all(std::unique_lock<AdaptiveMutex>& lock, const SegmentTail& tail,
                        const Placed& placed, const Status& cause) noexcept;
  /// With append_mutex_ held: every record that was placed is noted, or was refused, and none is
  /// placed until the lock is let go of.
  void await_writers(std::unique_lock<AdaptiveMutex>& lock);

  // With directory_mutex_ held:
  Status refresh() { return refresh(neighbours_.stamp()); }
  Status refresh(Neighbours::Stamp stamp);
  Status collect(std::uint64_t key, std::vector<Record>& out);
  Status probe_directory();
  void remove_leftovers();
  Status adopt();
  std::vector<Dead> lock_dead_segments();
  std::optional<Dead> lock_if_dead(Neighbour& neighbour);
  /// A fresh segment that takes over ours and those of the dead and has room for `next`.
  Status replace_segment(const Record* next);
  Result<CarryOver> carry_over(const std::vector<Dead>& dead, bool complete);
  Status try_replace(const std::vector<Dead>& dead, bool complete, const Record* next, bool& grown);
  Result<Fresh> allocate(std::uint64_t size);
  Status publish(Fresh& fresh);
  void remove_dead(const std::vector<Dead>& dead);
  void remove_own_if_unneeded();

  [[nodiscard]] Status no_room(const Status& cause) const;

  const Options options_;
  FileSystem& files_;
  const std::string host_;
  const std::uint32_t pid_;
  const std::uint64_t birth_salt_;
  std::atomic<std::uint64_t> last_birth_us_{0};

  OpenFiles open_files_;  ///< before everything that holds a file
  MarkBoard board_;

  AdaptiveMutex directory_mutex_;
  Neighbours neighbours_;

  AdaptiveMutex append_mutex_;
  std::unique_ptr<OwnSegment> own_;  ///< changed with both mutexes held
  std::uint64_t last_number_ = 0;
  std::int64_t last_time_us_ = 0;
  unsigned writers_ = 0;    ///< threads that have placed a record and not yet noted it
  unsigned failed_ = 0;     ///< those of them whose write failed
  bool replacing_ = false;  ///< somebody waits for the writers

  GroupCommit commit_;
};

}  // namespace xaodbc::log

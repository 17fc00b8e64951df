#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/file.h"
#include "base/status.h"
#include "base/ticket.h"
#include "log/history.h"
#include "log/record.h"

namespace xaodbc::log {

struct Options {
  std::filesystem::path directory;  ///< created 0700 with its parents
  std::size_t segment_size = std::size_t{4} << 20;
  /// Operators read; they must not wait for or take over anything before they decide to write.
  bool adopt_dead_segments = true;
};

using xaodbc::Ticket;

/// The durable memory of branches of one host (design.md section 4): a directory with one segment
/// per process. Thread-safe. One object per directory and process. See log/FORMAT.md.
class BranchLog {
 public:
  /// Reads all segments. kLogDamaged with file, offset and next step when one is damaged in the
  /// middle (3.1.7); kMisconfigured when the directory cannot be created, read or written.
  static Result<std::shared_ptr<BranchLog>> open(Options options, FileSystem& files);

  /// Stops the writer thread after what is pending is written. A segment without live branches is
  /// removed; one with live branches stays for whoever adopts it.
  virtual ~BranchLog() = default;

  /// Never the same twice on this host, growing with time.
  virtual std::uint64_t new_birth() = 0;

  /// Writes the record: on return it survives the death of this process and is seen by others, but
  /// not yet a loss of power. Time and pid are filled into `record`. kPreparing reserves room for
  /// all later records of the branch. kLogFull refuses it when there is no such room; it refuses
  /// other types only when neither a reservation nor the room kept for records without one is left,
  /// or when this process has no segment yet and cannot make one.
  /// kLogPoisoned: nothing was promised; the branch must not be prepared.
  virtual Result<Ticket> append(Record& record) = 0;
  Result<Ticket> append(const Record& record) {
    Record copy = record;
    return append(copy);
  }

  /// A number that is another one after any process has written a kRolledBack record into this
  /// directory: unchanged since a moment before means that nobody has. Means nothing to other
  /// processes. A microsecond.
  virtual std::uint64_t marks() = 0;

  /// What marks() said last, for nothing. Others may have written since.
  virtual std::uint64_t marks_heard() = 0;

  /// Makes marks() another number in every process, as kRolledBack does.
  virtual Status ring() = 0;

  /// As append, and the writer thread starts to sync at once; wait() tells when it is durable.
  virtual Result<Ticket> append_and_sync(Record& record) = 0;
  Result<Ticket> append_and_sync(const Record& record) {
    Record copy = record;
    return append_and_sync(copy);
  }

  /// Returns when everything up to the ticket is durable. kLogPoisoned when the sync failed,
  /// kRetry when the deadline passed first (the record may still become durable).
  virtual Status wait(Ticket ticket, Deadline deadline) = 0;

  /// The newest life of a branch, from this process's memory and what others wrote since. Nothing
  /// when the log does not know it or it was finished and dropped. kLogDamaged as open().
  virtual Result<std::optional<BranchHistory>> find(std::string_view resource, const Xid& xid) = 0;

  /// All branches that the log must keep, of one resource or (empty name) of all; without what is
  /// only remembered for a while for other processes.
  virtual Result<std::vector<BranchHistory>> live(std::string_view resource) = 0;

  /// After a fork, called in the child by whoever owns the object: closes the descriptors without
  /// writing, so that the parent's lock on its segment does not outlive the parent. Nothing else
  /// may be called afterwards; the object is never destroyed. Async-signal-safe.
  virtual void abandon_after_fork() noexcept = 0;
};

}  // namespace xaodbc::log

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "log/format.h"
#include "log/history.h"
#include "log/placed.h"
#include "log/reservations.h"
#include "log/segment_index.h"
#include "log/segment_tail.h"

namespace xaodbc::log {

/// What a new segment takes over from those that it replaces.
struct CarryOver {
  std::vector<BranchHistory> live;  ///< whole; room for their later records is reserved
  std::vector<Record> ends;         ///< of finished branches that some other segment thinks alive
};

/// The segment that this process writes. Its file is locked. Not thread-safe.
class OwnSegment {
 public:
  OwnSegment(std::uint64_t number, std::string name, std::shared_ptr<File> file,
             SegmentHeader header);

  /// Bytes that a segment needs which begins with `carried` and then takes `next` (may be null).
  static std::uint64_t size_for(const CarryOver& carried, const Record* next);

  /// Writes header and carried-over records, not yet synced. The header's carried_end is filled in.
  Status begin(const CarryOver& carried);

  /// True when place() of the record finds room; kPreparing also needs it for what follows.
  [[nodiscard]] bool has_room(const Record& record) const;
  /// Gives the record its place at the end and fills `placed`; place it, write it, note it. When
  /// the write fails, the segment has a torn end: nothing may follow.
  void place(const Record& record, std::uint64_t durable_end, Placed& placed);
  /// What was placed was written: from here on the index knows it.
  Status note(const Record& record, const Placed& placed);

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::shared_ptr<File>& file() const { return file_; }
  [[nodiscard]] const std::shared_ptr<SegmentTail>& tail() const { return tail_; }
  [[nodiscard]] std::uint64_t size() const { return header_.segment_size; }
  [[nodiscard]] const SegmentIndex& index() const { return index_; }

 private:
  void reserve_for(const Record& record);
  [[nodiscard]] std::uint64_t slack() const;

  std::uint64_t number_;
  std::string name_;
  std::shared_ptr<File> file_;
  SegmentHeader header_;
  SegmentIndex index_;
  Reservations reservations_;
  std::uint64_t end_ = kHeaderSize;
  std::shared_ptr<SegmentTail> tail_;  ///< once it has begun
};

}  // namespace xaodbc::log

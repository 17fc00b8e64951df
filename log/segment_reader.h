#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/status.h"
#include "log/format.h"
#include "log/record.h"

namespace xaodbc::log {

/// How the records of a segment end (I6).
enum class ReadEnd : std::uint8_t {
  kClean,    ///< nothing but unused room behind the last record
  kTorn,     ///< the last thing written is unfinished: cut it, nothing that was promised is lost
  kCorrupt,  ///< something that was written completely is damaged: stop, somebody has to look
};

struct SegmentEnd {
  ReadEnd how = ReadEnd::kClean;
  std::uint64_t offset = 0;  ///< of the unused room, the torn record or the damage
  std::string what;          ///< for people; empty when clean
};

/// Walks the records of one segment, front to back. Also follows a segment that grows: after the
/// end, next() looks again. Only reads; see FORMAT.md for how the three ends are told apart.
class SegmentReader {
 public:
  struct Entry {
    std::uint64_t offset = 0;
    std::size_t size = 0;           ///< in the file, with frame and padding
    std::uint64_t durable_end = 0;  ///< what was known durable when it was written
    std::uint8_t type = 0;          ///< as on disk
    std::string_view payload;       ///< until the next call of next()
    std::optional<Record> record;   ///< nothing: a type of a newer version, marked ignorable
  };

  /// `file` must outlive the reader. `boot_id` is today's FileSystem::boot_id(). No file
  /// name in the message: kLogDamaged when the header is not one, kMisconfigured when a newer
  /// version wrote it. kInternal when reading fails.
  static Result<SegmentReader> open(File& file, std::string boot_id);

  [[nodiscard]] const SegmentHeader& header() const { return header_; }

  /// The next record; nothing at the end, and then end() says which.
  Result<std::optional<Entry>> next();
  /// Meaningful after next() gave nothing.
  [[nodiscard]] const SegmentEnd& end() const { return end_; }

  /// A follower looks only a little ahead of the last record to call the end clean. This makes it
  /// look at everything once more, before somebody believes the end for good.
  void distrust_rest() { rest_is_zero_ = false; }

 private:
  SegmentReader(File& file, std::string boot_id, SegmentHeader header, std::uint64_t file_size)
      : file_(&file),
        boot_id_(std::move(boot_id)),
        header_(std::move(header)),
        file_size_(file_size) {}

  /// At least `size` bytes at `offset`, fewer only where the file ends.
  Result<std::string_view> view(std::uint64_t offset, std::size_t size);
  Result<std::optional<Frame>> frame_at(std::uint64_t offset);
  /// The first valid frame behind offset_; sets saw_garbage_ when bytes that are no frame lie
  /// there.
  Result<std::optional<std::uint64_t>> search_frame();
  std::optional<Entry> take(const Frame& frame);
  /// No valid frame at offset_: decides why. True: offset_ has one after all, or was moved to one.
  Result<bool> resume_after_gap();
  Result<bool> judge_frame_behind(std::uint64_t found);
  bool finish_at_unused_room();
  bool finish(ReadEnd how, std::uint64_t offset, std::string what);
  [[nodiscard]] bool power_was_lost_since() const;

  File* file_;
  std::string boot_id_;
  SegmentHeader header_;
  std::uint64_t file_size_;
  std::uint64_t offset_ = kHeaderSize;
  std::string window_;
  std::uint64_t window_offset_ = 0;
  std::optional<std::uint64_t> hole_;
  bool saw_garbage_ = false;
  bool rest_is_zero_ = false;
  SegmentEnd end_;
};

/// One record at an offset where an Entry was found earlier. kLogDamaged when it is no longer
/// there.
Result<Record> read_record(File& file, std::uint64_t segment_id, std::uint64_t offset);

}  // namespace xaodbc::log

#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/file.h"
#include "base/status.h"
#include "log/open_files.h"

namespace xaodbc::log {

/// One number for all processes of a log directory that changes with every *rolled back* mark
/// (3.1.4), so that whoever works on a branch learns for the price of reading eight bytes that
/// nobody has rolled it back meanwhile, instead of reading all segments. Thread-safe.
///
/// Marks are written before the number is changed; whoever sees no change after its own record was
/// written knows that the marker has not yet looked for that record and will see it.
class MarkBoard {
 public:
  MarkBoard(std::filesystem::path directory, FileSystem& files, OpenFiles& open_files);

  /// Makes the file where it is missing. What cannot be made is told by post().
  void prepare();
  /// The number of the newest mark, 0 before the first. When it cannot be read: a number never seen
  /// before, so that the caller looks for marks itself.
  std::uint64_t read();
  /// `number` must never have been posted before: a record's birth.
  Status post(std::uint64_t number);

 private:
  std::shared_ptr<File> known();
  std::shared_ptr<File> reopen();

  const std::filesystem::path path_;
  FileSystem& files_;
  OpenFiles& open_files_;
  std::mutex mutex_;  ///< guards the pointer
  std::shared_ptr<File> file_;
  std::atomic<std::uint64_t> unreadable_{0};
};

/// Name of its file in the log directory.
constexpr const char* kMarkBoardName = "marks";

}  // namespace xaodbc::log

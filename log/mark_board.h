#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/file.h"
#include "base/status.h"
#include "log/open_files.h"

namespace xaodbc::log {

/// A bell for all processes of a log directory, rung for every *rolled back* mark (3.1.4), so that
/// whoever works on a branch learns for the price of one question to the file system that nobody
/// has rolled it back meanwhile, instead of reading all segments. Thread-safe.
///
/// The bell is an empty file that everybody keeps open, and to ring it is to remove it: those who
/// have it open see that it has no name any more, and make or open the next one.
///
/// Marks are written before the bell is rung; whoever has not heard it after its own record was
/// written knows that the marker has not yet looked for that record and will see it.
class MarkBoard {
 public:
  MarkBoard(const std::filesystem::path& directory, FileSystem& files, OpenFiles& open_files);

  /// The same for as long as no process has rung, another one afterwards; of this process, and
  /// meaningless in others. When the file cannot be had: never twice the same, so that the caller
  /// looks for marks itself.
  std::uint64_t read();
  /// What read() said last, in whichever thread.
  std::uint64_t heard() { return known().number; }
  Status ring();

 private:
  struct Bell {
    std::shared_ptr<File> file;
    std::uint64_t number = 0;
  };
  Bell known();
  std::uint64_t renew();
  std::shared_ptr<File> open_or_make();

  const std::filesystem::path path_;
  FileSystem& files_;
  OpenFiles& open_files_;
  std::mutex mutex_;
  Bell bell_;  ///< guarded by mutex_, never held during I/O
};

/// Name of its file in the log directory.
constexpr const char* kMarkBoardName = "marks";

}  // namespace xaodbc::log

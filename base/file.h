#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace xaodbc {

/// An open file. Thread-safe for reads, writes of the same bytes to the same place and link_count,
/// else only where it says so. Errors are kInternal with path, operation and errno text; callers
/// turn them into what they mean (a failed sync poisons a segment).
class File {
 public:
  virtual ~File() = default;  ///< closes; errors on close are not reported
  /// Writes all of `bytes` at `offset` or fails; short writes are continued, EINTR repeated.
  virtual Status write_at(std::uint64_t offset, std::string_view bytes) = 0;
  /// Up to `size` bytes; fewer only at the end of the file.
  virtual Result<std::string> read_at(std::uint64_t offset, std::size_t size) = 0;
  /// fdatasync. May run beside write_at on another thread.
  virtual Status sync() = 0;
  virtual Result<std::uint64_t> size() = 0;
  /// An exclusive lock on the file for as long as it is open (flock). False: somebody holds it.
  virtual Result<bool> try_lock() = 0;
  /// Number of names the file still has; 0 after somebody removed it.
  virtual Result<std::uint64_t> link_count() = 0;
  /// For BranchLog::abandon_after_fork: closes the descriptor, nothing else. Async-signal-safe.
  virtual void abandon() noexcept = 0;
};

/// What the project asks of a file system: small, so that tests can put a double in front that
/// loses unsynced bytes, fails the n-th write or runs full.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// A new file, 0600, filled with `size` zero bytes that are really written and synced, so that
  /// later syncs write no metadata. Its name is not synced. Fails, leaving nothing, if it exists.
  virtual Result<std::unique_ptr<File>> create(const std::filesystem::path& path,
                                               std::uint64_t size) = 0;
  /// Never waits. kInvalidArgument when what stands there is no regular file.
  virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& path, bool writable) = 0;
  virtual Status remove(const std::filesystem::path& path) = 0;
  virtual Status rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Names (not paths) in the directory, in no order, without `.` and `..`.
  virtual Result<std::vector<std::string>> list(const std::filesystem::path& directory) = 0;
  /// A number that is another one after any name in the directory came or went. Nothing when that
  /// cannot be told: also when one did just now, because the next could get the same number.
  virtual std::optional<std::uint64_t> names_stamp(const std::filesystem::path& /*directory*/) {
    return std::nullopt;
  }
  /// fsync of the directory: a created or renamed name survives a loss of power.
  virtual Status sync_directory(const std::filesystem::path& directory) = 0;
  /// Creates the directory and its parents, each 0700 and durable; fine when it exists.
  virtual Status create_directories(const std::filesystem::path& directory) = 0;
  /// Names the time since the machine started (16 bytes). Within one such time nothing that was
  /// written is lost, synced or not; bytes can only be missing from files of an earlier one. Empty:
  /// not known.
  virtual std::string boot_id() = 0;
};

/// The real one.
FileSystem& posix_files();

}  // namespace xaodbc

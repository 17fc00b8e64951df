#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

#include "base/file.h"

namespace xaodbc::log {

/// All files that a log has open at any moment, readable without a lock: in the child of a fork the
/// locks of the parent's other threads stay locked for ever, and yet every descriptor must go.
class OpenFiles {
 public:
  OpenFiles() = default;
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;
  /// Every tracked file must be gone.
  ~OpenFiles();

  /// The file, known here until the last pointer to it goes. Call before locking it.
  std::shared_ptr<File> track(std::unique_ptr<File> file);

  /// Closes the descriptors of all files. Async-signal-safe.
  void abandon_all() noexcept;

 private:
  static constexpr std::size_t kSlots = 32;
  struct Block {
    std::array<std::atomic<File*>, kSlots> slots{};
    std::atomic<Block*> next{nullptr};
  };

  std::atomic<File*>& free_slot(File* file);

  Block first_;
};

}  // namespace xaodbc::log

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/adaptive_mutex.h"
#include "base/file.h"
#include "base/status.h"
#include "log/waiter.h"

namespace xaodbc::log {

/// The growing end of a segment. Frames get their places one after the other, under a lock of the
/// owner's; they are written without it, by several threads at once: whoever held it during a write
/// could lose the processor at the end of that system call, and everybody would wait for his turn.
///
/// A frame behind a gap would be lost to every reader. So a thread writes everything in front of
/// its own frame as well that nobody is known to have written: the bytes are the same, whoever
/// writes them, and however often.
///
/// The kernel lets one thread at a time into a file, and those whom it makes wait follow each other
/// one by one. So no more than a few are let in; the others wait here, and are written for by the
/// first that comes out, all with one write.
class SegmentTail {
 public:
  /// `end`: everything in front of it is in the file.
  SegmentTail(std::shared_ptr<File> file, std::uint64_t end)
      : file_(std::move(file)), written_end_(end), start_(end) {}

  [[nodiscard]] File& file() const { return *file_; }

  /// Every byte in front of it was written.
  [[nodiscard]] std::uint64_t written_end() const {
    return written_end_.load(std::memory_order_acquire);
  }

  // With the owner's lock:

  /// Forgets what is written, and makes room for `size` bytes behind the rest.
  void make_room(std::size_t size);
  /// Where the next frame is put, behind what is there. What was put there must be written.
  std::string& unwritten() { return unwritten_; }
  /// Where the first byte of unwritten() belongs.
  [[nodiscard]] std::uint64_t start() const { return start_; }

  // Without it:

  /// True when they stand in the file, whoever wrote them. Without memory to look: false.
  [[nodiscard]] bool contains(std::uint64_t start, std::string_view bytes) const noexcept;

  /// Writes what unwritten() was when it began at `start`, or its end, unless somebody has already.
  Status write(std::uint64_t start, std::string_view bytes) noexcept;

 private:
  /// On the stack of the thread whose it is, until its waiter is answered.
  struct Request {
    std::uint64_t start = 0;
    std::string_view bytes;
    Request* next = nullptr;
    Waiter waiter{};
    [[nodiscard]] std::uint64_t end() const { return start + bytes.size(); }
  };

  Status write_now(const Request& request);
  /// False: enough others are at work, one of whom will answer the request.
  bool enter(Request& request) noexcept;
  void leave() noexcept;
  /// The first of a list, and all that follow.
  void write_for(Request* first) noexcept;

  const std::shared_ptr<File> file_;
  std::atomic<std::uint64_t> written_end_;
  std::uint64_t start_;
  std::string unwritten_;
  AdaptiveMutex mutex_;  ///< of what follows
  int at_work_ = 0;
  Request* waiting_ = nullptr;
};

}  // namespace xaodbc::log

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace xaodbc::bench {

/// A file that was filled with zeros before, so that a sync writes no metadata; written round and
/// round in blocks of one size.
class BlockFile {
 public:
  BlockFile(const std::filesystem::path& path, std::size_t block);
  BlockFile(const BlockFile&) = delete;
  BlockFile& operator=(const BlockFile&) = delete;
  ~BlockFile();

  /// The next `count` blocks.
  void write(std::size_t count);
  void sync() const;

 private:
  static constexpr std::size_t kMostAtOnce = 128;
  int file_;
  std::size_t block_;
  std::size_t blocks_;
  std::size_t next_ = 0;
  std::string bytes_;
};

/// The least that group commit costs: whoever wants a block written puts itself on a list; one
/// thread writes what stands there, syncs once, and wakes each by a futex of its own.
class BareGroupCommit {
 public:
  using Waiter = std::atomic<std::uint32_t>;

  BareGroupCommit(const std::filesystem::path& path, std::size_t block);
  BareGroupCommit(const BareGroupCommit&) = delete;
  BareGroupCommit& operator=(const BareGroupCommit&) = delete;
  ~BareGroupCommit();

  /// Asks for a block. `waiter` is zero, and lives until it was waited for.
  void begin(Waiter& waiter);
  /// Returns when the block is durable.
  static void wait(Waiter& waiter) { waiter.wait(0); }
  void commit();

 private:
  void run();

  BlockFile file_;
  std::mutex mutex_;
  std::condition_variable wake_thread_;
  std::vector<Waiter*> waiters_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace xaodbc::bench

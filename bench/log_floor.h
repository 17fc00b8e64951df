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
/// round in blocks of one size. Thread-safe.
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
  std::atomic<std::size_t> next_{0};
  std::string bytes_;
};

/// The least that group commit costs: whoever wants a block written puts itself on a list; one
/// thread writes what stands there, syncs once, and wakes each by a futex of its own.
class BareGroupCommit {
 public:
  using Waiter = std::atomic<std::uint32_t>;
  /// Whether a block is in the file only when it is durable, or already when it was asked for: then
  /// others see it from there on, and it outlives the process, at the price of a system call.
  enum class Write { kBeforeSync, kWhenAsked };

  BareGroupCommit(const std::filesystem::path& path, std::size_t block,
                  Write write = Write::kBeforeSync);
  BareGroupCommit(const BareGroupCommit&) = delete;
  BareGroupCommit& operator=(const BareGroupCommit&) = delete;
  ~BareGroupCommit();

  /// Asks for a block. `waiter` is zero, and lives until it was waited for.
  void begin(Waiter& waiter);
  /// Returns when the block is durable.
  static void wait(Waiter& waiter) { waiter.wait(0); }
  void commit();
  /// Writes a block that nobody waits for.
  void note() { file_.write(1); }

 private:
  void run();

  BlockFile file_;
  const Write write_;
  std::mutex mutex_;
  std::condition_variable wake_thread_;
  std::vector<Waiter*> waiters_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace xaodbc::bench

#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"

namespace xaodbc::support {

/// A file system in memory that behaves as badly as a real one may:
///   - bytes that were not synced are lost with the power, sector by sector, in any order;
///   - names that were not synced in their directory are lost, or come back;
///   - a failed sync forgets which bytes were dirty, so that a second one succeeds and means
///   nothing;
///   - a failed write leaves the first half of its bytes behind;
///   - a disk has an end.
/// Thread-safe; the locks of its files exclude each other as flock does.
class FaultyFileSystem final : public FileSystem {
 public:
  enum class Op : std::uint8_t {
    kCreate,
    kOpen,
    kRead,
    kWrite,
    kSync,
    kLock,
    kRemove,
    kRename,
    kList,
    kSyncDirectory,
    kCount
  };

  Result<std::unique_ptr<File>> create(const std::filesystem::path& path,
                                       std::uint64_t size) override;
  Result<std::unique_ptr<File>> open(const std::filesystem::path& path, bool writable) override;
  Status remove(const std::filesystem::path& path) override;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) override;
  Status sync_directory(const std::filesystem::path& directory) override;
  Status create_directories(const std::filesystem::path& directory) override;
  std::string boot_id() override;

  /// The `nth` call of that kind from now on fails (1: the next one), and `more` after it.
  void fail(Op op, int nth = 1, int more = 0);
  /// The nth call of any kind from now on fails, and all later ones.
  void fail_everything_from(int nth);
  void heal();
  /// Bytes that all files together may have.
  void limit_space(std::uint64_t bytes);
  /// Called before every operation of that kind, without any lock: to let something happen exactly
  /// then. An empty hook ends it.
  void before(Op op, std::function<void()> hook);

  [[nodiscard]] int count(Op op) const;
  [[nodiscard]] int count_all() const;

  /// The machine goes down and comes up: every open file is dead and unlocked, and of everything
  /// that was not synced each sector and each name survives or not, as `seed` has it.
  void lose_power(std::uint32_t seed);
  /// All processes die: every open file is dead and unlocked, nothing is lost.
  void kill_all_processes();

  [[nodiscard]] std::vector<std::filesystem::path> paths() const;
  [[nodiscard]] std::string contents(const std::filesystem::path& path) const;
  /// Replaces what the file holds, durably.
  void set_contents(const std::filesystem::path& path, std::string bytes);

 private:
  friend class FaultyFile;
  struct Inode {
    std::string bytes;
    std::string durable;
    std::set<std::size_t> dirty;  ///< sectors
    const void* lock_holder = nullptr;
    int links = 0;
  };
  using Names = std::map<std::filesystem::path, std::shared_ptr<Inode>>;
  using Guard = std::lock_guard<std::mutex>;

  void run_hook(Op op);
  Status check(Op op, const std::filesystem::path& path);
  Status write(Inode& inode, std::uint64_t offset, std::string_view bytes,
               const std::filesystem::path& path);
  Status sync(Inode& inode, const std::filesystem::path& path);
  static void put(Inode& inode, std::uint64_t offset, std::string_view bytes);
  static void lose_unsynced(Inode& inode, std::mt19937& random);
  void end_processes();
  [[nodiscard]] std::uint64_t used_space() const;

  mutable std::mutex mutex_;
  Names names_;
  Names durable_names_;
  std::array<int, static_cast<std::size_t>(Op::kCount)> counts_{};
  std::array<int, static_cast<std::size_t>(Op::kCount)> fail_from_{};
  std::array<int, static_cast<std::size_t>(Op::kCount)> fail_to_{};
  int all_count_ = 0;
  int fail_all_from_ = 0;
  std::uint64_t space_ = UINT64_MAX;
  std::uint64_t generation_ = 0;
  std::uint64_t boots_ = 0;
  std::array<std::function<void()>, static_cast<std::size_t>(Op::kCount)> hooks_;
};

}  // namespace xaodbc::support

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

#include "base/file.h"
#include "base/text.h"

namespace xaodbc {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;
constexpr std::size_t kZeroBlock = std::size_t{64} << 10;
constexpr std::array<char, kZeroBlock> kZeros{};

/// Times of files are those of the kernel's last clock tick, at most so long ago (HZ = 100), and
/// much more for a machine that was stopped in between.
constexpr std::int64_t kCoarsestTick = 100'000'000;
/// And so much is lost by file systems that keep whole seconds (ext3, ext4 with small inodes) or
/// every other one (FAT).
constexpr std::int64_t kCoarsestSecond = 2'000'000'000;

std::int64_t nanoseconds_of(const timespec& time) {
  return (static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000) + time.tv_nsec;
}

/// Whatever changes so long after that time is given a later one. A time without a fraction of a
/// second is taken for one of a file system that has none.
std::int64_t told_apart_after(const timespec& time) {
  return time.tv_nsec == 0 ? kCoarsestSecond + kCoarsestTick : kCoarsestTick;
}

Status failed(const char* operation, const fs::path& path, int error = errno) {
  return {StatusCode::kInternal, std::string(operation) + " " + path.string() + ": " +
                                     std::error_code(error, std::generic_category()).message()};
}

/// Repeats a call that a signal interrupted: the host process owns the signal handlers (I9).
template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class PosixFile final : public File {
 public:
  explicit PosixFile(fs::path path) : path_(std::move(path)) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { close(); }

  /// Once; false: errno tells why.
  bool open(int flags) {
    fd_ = retried([&] { return ::open(path_.c_str(), flags | O_CLOEXEC, kFileMode); });
    return fd_ >= 0;
  }

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto written = retried(
          [&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (written < 0) return failed("write", path_);
      if (written == 0) return failed("write", path_, ENOSPC);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Result<std::string> read_at(std::uint64_t offset, std::size_t size) override {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const auto got = retried([&] {
        return ::pread(fd_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
      });
      if (got < 0) return failure(failed("read", path_));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  Status sync() override {
    // Not repeated on EINTR or anything else: after a failure the kernel may have dropped the dirty
    // pages and a second call would report success for bytes that never reached the disk (I6).
    return ::fdatasync(fd_) == 0 ? Status() : failed("fdatasync", path_);
  }

  Result<std::uint64_t> size() override {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) return failure(failed("fstat", path_));
    return static_cast<std::uint64_t>(info.st_size);
  }

  Result<bool> try_lock() override {
    if (retried([&] { return ::flock(fd_, LOCK_EX | LOCK_NB); }) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    return failure(failed("flock", path_));
  }

  Result<std::uint64_t> link_count() override {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) return failure(failed("fstat", path_));
    return static_cast<std::uint64_t>(info.st_nlink);
  }

  void abandon() noexcept override { close(); }

  Status fill(std::uint64_t size) {
    for (std::uint64_t offset = 0; offset < size; offset += kZeroBlock) {
      const auto block =
          static_cast<std::size_t>(std::min<std::uint64_t>(kZeroBlock, size - offset));
      if (auto status = write_at(offset, {kZeros.data(), block}); !status.is_ok()) return status;
    }
    return sync();
  }

  Status check_kind() {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) return failed("fstat", path_);
    if (S_ISREG(info.st_mode)) return {};
    return {StatusCode::kInvalidArgument, "open " + path_.string() + ": not a regular file"};
  }

  Status restrict_mode() {
    // fchmod instead of umask: the umask belongs to the host process (I9), the mode is ours (I10).
    return ::fchmod(fd_, kFileMode) == 0 ? Status() : failed("chmod", path_);
  }

 private:
  void close() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  int fd_ = -1;
  fs::path path_;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> create(const fs::path& path, std::uint64_t size) override {
    auto file = std::make_unique<PosixFile>(path);
    if (!file->open(O_RDWR | O_CREAT | O_EXCL)) return failure(failed("create", path));
    try {
      auto status = file->restrict_mode();
      if (status.is_ok()) status = file->fill(size);
      if (status.is_ok()) return file;
      ::unlink(path.c_str());
      return failure(std::move(status));
    } catch (...) {
      ::unlink(path.c_str());
      throw;
    }
  }

  Result<std::unique_ptr<File>> open(const fs::path& path, bool writable) override {
    // Without O_NONBLOCK a FIFO that nobody writes would hold the host for ever (I9); for regular
    // files it means nothing.
    auto file = std::make_unique<PosixFile>(path);
    if (!file->open((writable ? O_RDWR : O_RDONLY) | O_NOCTTY | O_NONBLOCK)) {
      return failure(failed("open", path));
    }
    if (Status status = file->check_kind(); !status.is_ok()) return failure(std::move(status));
    return file;
  }

  Status remove(const fs::path& path) override {
    return ::unlink(path.c_str()) == 0 ? Status() : failed("remove", path);
  }

  Status rename(const fs::path& from, const fs::path& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status() : failed("rename", from);
  }

  Result<std::vector<std::string>> list(const fs::path& directory) override {
    const std::unique_ptr<DIR, void (*)(DIR*)> stream(::opendir(directory.c_str()),
                                                      [](DIR* open) { ::closedir(open); });
    if (!stream) return failure(failed("open directory", directory));
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name(entry->d_name);
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return failure(failed("read directory", directory));
    return names;
  }

  std::optional<std::uint64_t> names_stamp(const fs::path& directory) override {
    struct stat facts {};
    timespec now{};
    if (::stat(directory.c_str(), &facts) != 0) return std::nullopt;
    if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return std::nullopt;
    const auto changed = nanoseconds_of(facts.st_mtim);
    const auto age = nanoseconds_of(now) - changed;
    if (age < told_apart_after(facts.st_mtim)) return std::nullopt;
    return static_cast<std::uint64_t>(changed);
  }

  Status sync_directory(const fs::path& directory) override {
    const int fd =
        retried([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return failed("open directory", directory);
    auto status = ::fsync(fd) == 0 ? Status() : failed("fsync", directory);
    ::close(fd);
    return status;
  }

  Status create_directories(const fs::path& directory) override {
    std::error_code ignored;
    if (fs::is_directory(directory, ignored)) return {};
    if (!directory.has_filename()) return create_directories(directory.parent_path());
    auto parent = directory.parent_path();
    if (parent.empty()) parent = ".";
    if (auto status = create_directories(parent); !status.is_ok()) return status;
    return create_directory(directory, parent);
  }

  std::string boot_id() override {
    const auto file = open("/proc/sys/kernel/random/boot_id", false);
    if (!file) return {};
    auto text = (*file)->read_at(0, 64);
    if (!text) return {};
    text->erase(std::remove(text->begin(), text->end(), '-'), text->end());
    const auto id = from_hex(trim(std::string_view(*text).substr(0, text->find('\n'))));
    return id && id->size() == 16 ? *id : std::string();
  }

 private:
  Status create_directory(const fs::path& directory, const fs::path& parent) {
    if (::mkdir(directory.c_str(), kDirectoryMode) != 0) {
      // Another process of the host may have been faster; its directory serves as well as ours.
      const int error = errno;
      std::error_code ignored;
      if (error == EEXIST && fs::is_directory(directory, ignored)) return {};
      return failed("create directory", directory, error);
    }
    if (::chmod(directory.c_str(), kDirectoryMode) != 0) return failed("chmod", directory);
    return sync_directory(parent);
  }
};

/// Never destroyed: threads of the host may still end branches while statics are torn down (I9).
/// Made when the library is loaded: the guard of a function's static could be held by another
/// thread at the moment of a fork.
PosixFileSystem* const files = new PosixFileSystem;

}  // namespace

FileSystem& posix_files() { return *files; }

}  // namespace xaodbc

#include "config/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace xaodbc::config {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Status> refused(const std::filesystem::path& path, const std::string& why) {
  return failure(StatusCode::kInvalidArgument, path.string() + " " + why);
}

tl::unexpected<Status> unreadable(const std::filesystem::path& path, int error) {
  return refused(path, "cannot be read: " + std::generic_category().message(error));
}

Status check_kind(const std::filesystem::path& path, const struct stat& facts, std::size_t size_max,
                  Readers readers) {
  const auto refuse = [&](const std::string& why) {
    return Status(StatusCode::kInvalidArgument, path.string() + " " + why);
  };
  if (!S_ISREG(facts.st_mode)) return refuse("is not a regular file");
  if (readers == Readers::kNotOthers && (facts.st_mode & S_IRWXO) != 0) {
    return refuse("is open to every user of this host; run: chmod o= " + path.string());
  }
  if (static_cast<std::size_t>(facts.st_size) > size_max) {
    return refuse("has more than " + std::to_string(size_max) + " bytes");
  }
  return Status::ok();
}

}  // namespace

Result<Secret> read_text_file(const std::filesystem::path& path, std::size_t size_max,
                              Readers readers) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0) return unreadable(path, errno);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return unreadable(path, errno);
  if (Status status = check_kind(path, facts, size_max, readers); !status.is_ok()) {
    return failure(std::move(status));
  }
  constexpr std::size_t kBlock = 4096;
  Secret text;
  for (std::size_t size = 0;;) {
    text.resize(size + kBlock);
    const ssize_t count = ::read(file.get(), text.data() + size, kBlock);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path, errno);
    size += static_cast<std::size_t>(count);
    text.resize(size);
    if (count == 0) return text;
    if (size > size_max) {
      return refused(path, "has more than " + std::to_string(size_max) + " bytes");
    }
  }
}

}  // namespace xaodbc::config

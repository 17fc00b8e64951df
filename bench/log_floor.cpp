#include "bench/log_floor.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace xaodbc::bench {
namespace {

constexpr std::size_t kFileSize = std::size_t{4} << 20;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

BlockFile::BlockFile(const std::filesystem::path& path, std::size_t block)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
      block_(block),
      blocks_(kFileSize / block),
      bytes_(block * kMostAtOnce, 'x') {
  const std::string zeros(kFileSize, '\0');
  if (file_ < 0 || ::write(file_, zeros.data(), zeros.size()) != std::ssize(zeros) ||
      ::fsync(file_) != 0) {
    fail("a file for the floor of the log");
  }
}

BlockFile::~BlockFile() { ::close(file_); }

void BlockFile::write(std::size_t count) {
  while (count > 0) {
    const auto now = std::min(count, kMostAtOnce);
    const auto size = now * block_;
    const auto place = next_.fetch_add(now) % (blocks_ - kMostAtOnce);
    if (::pwrite(file_, bytes_.data(), size, static_cast<off_t>(place * block_)) !=
        static_cast<ssize_t>(size)) {
      fail("pwrite");
    }
    count -= now;
  }
}

void BlockFile::sync() const {
  if (::fdatasync(file_) != 0) fail("fdatasync");
}

BareGroupCommit::BareGroupCommit(const std::filesystem::path& path, std::size_t block, Write write)
    : file_(path, block), write_(write), thread_([this] { run(); }) {}

BareGroupCommit::~BareGroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_thread_.notify_one();
  thread_.join();
}

void BareGroupCommit::begin(Waiter& waiter) {
  if (write_ == Write::kWhenAsked) file_.write(1);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiters_.empty();
    waiters_.push_back(&waiter);
  }
  if (first) wake_thread_.notify_one();
}

void BareGroupCommit::commit() {
  Waiter waiter{0};
  begin(waiter);
  wait(waiter);
}

void BareGroupCommit::run() {
  std::vector<Waiter*> served;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_thread_.wait(lock, [this] { return stopping_ || !waiters_.empty(); });
      if (waiters_.empty()) return;
      std::swap(served, waiters_);
    }
    if (write_ == Write::kBeforeSync) file_.write(served.size());
    file_.sync();
    for (Waiter* waiter : served) {
      waiter->store(1);
      waiter->notify_one();
    }
    served.clear();
  }
}

}  // namespace xaodbc::bench

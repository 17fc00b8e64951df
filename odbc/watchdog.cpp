#include "odbc/watchdog.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/process.h"

namespace xaodbc::odbc {
namespace {

/// How late a call may be cut; far below the second that verb_timeout is counted in.
constexpr std::chrono::milliseconds kTick{50};
/// So many ticks without a call under way and the thread sleeps until somebody calls.
constexpr int kIdleTicks = 40;

std::int64_t to_ns(Deadline::Clock::time_point when) {
  using std::chrono::duration_cast;
  using std::chrono::nanoseconds;
  return std::max<std::int64_t>(duration_cast<nanoseconds>(when.time_since_epoch()).count(), 1);
}

/// The system call in which a thread of this process is blocked.
struct BlockedCall {
  long number = -1;
  unsigned long first = 0;
};

BlockedCall blocked_call(std::int32_t thread) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/syscall", static_cast<int>(thread));
  const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::array<char, 256> text{};
  const auto size = read(file, text.data(), text.size() - 1);
  close(file);
  BlockedCall call;
  if (size <= 0 || std::sscanf(text.data(), "%ld 0x%lx", &call.number, &call.first) != 2) return {};
  return call;
}

/// The thread's own memory, read through the kernel: it may have moved on, and then the address
/// may be gone.
int first_polled(unsigned long address) {
  pollfd polled{-1, 0, 0};
  iovec to{&polled, sizeof polled};
  iovec from{reinterpret_cast<void*>(address), sizeof polled};
  const auto size = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
  return size == static_cast<ssize_t>(sizeof polled) ? polled.fd : -1;
}

int waited_for(std::int32_t thread) {
  const BlockedCall call = blocked_call(thread);
  switch (call.number) {
#ifdef SYS_poll
    case SYS_poll:
#endif
    case SYS_ppoll:
      return first_polled(call.first);
    case SYS_read:
    case SYS_write:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_connect:
      return static_cast<int>(call.first);
    default:
      return -1;
  }
}

/// The descriptor is duplicated and looked up again before the shutdown: the thread may just have
/// been answered, closed the socket, and somebody else may have got its number.
void cut_socket_of(std::int32_t thread) {
  const int waited = waited_for(thread);
  if (waited < 0) return;
  const int copy = fcntl(waited, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return;
  if (waited_for(thread) == waited) shutdown(copy, SHUT_RDWR);
  close(copy);
}

}  // namespace

/// All watches of the process and the thread that looks at them. Lives until the process ends: a
/// guest library has no moment at which it could safely stop a thread. The thread allocates
/// nothing: a lack of memory must neither end the host nor leave its calls without a bound (I9).
class Watchdog {
 public:
  static Watchdog& instance() {
    // No mutex: another thread might hold it at the moment of a fork.
    static std::atomic<Watchdog*> current{nullptr};
    Watchdog* known = current.load();
    while (known == nullptr || known->generation_ != process_generation()) {
      auto fresh = std::make_unique<Watchdog>();
      if (!current.compare_exchange_strong(known, fresh.get())) continue;
      known = fresh.release();
    }
    return *known;
  }

  void add(Watch& watch) {
    const std::lock_guard lock(mutex_);
    watches_.push_back(&watch);
  }
  void remove(Watch& watch) {
    const std::lock_guard lock(mutex_);
    std::erase(watches_, &watch);
  }
  void call_under_way() {
    keep_running();
    if (asleep_.load() && asleep_.exchange(false)) asleep_.notify_all();
  }

 private:
  /// A system that gave no thread is asked again at the next call.
  void keep_running() {
    if (running_.load() || running_.exchange(true)) return;
    running_.store(start_guest_thread("xaodbc-watch", [this] { run(); }));
  }

  void run() {
    int idle_ticks = 0;
    for (;;) {
      idle_ticks = look() ? 0 : idle_ticks + 1;
      if (idle_ticks < kIdleTicks) {
        std::this_thread::sleep_for(kTick);
        continue;
      }
      asleep_.store(true);
      // A call that began before the store was not seen to wake us: look once more.
      if (!look()) asleep_.wait(true);
      asleep_.store(false);
      idle_ticks = 0;
    }
  }

  /// True when any call is under way.
  bool look() {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = to_ns(Deadline::Clock::now());
    bool any = false;
    for (Watch* watch : watches_) any = check(*watch, now) || any;
    return any;
  }

  static bool check(Watch& watch, std::int64_t now) {
    const std::int64_t deadline = watch.deadline_ns_.load();
    if (deadline == 0) return false;
    if (deadline > now) return true;
    // From here on end() waits for us; it may have come just before, then there is nothing to cut.
    watch.cutting_.store(true);
    if (watch.deadline_ns_.load() == deadline) {
      cut_socket_of(watch.thread_.load());
      watch.cut_.store(true);
    }
    watch.cutting_.store(false);
    return true;
  }

  const std::uint64_t generation_ = process_generation();
  std::mutex mutex_;  ///< guards watches_; never held by anybody who waits for a server
  std::vector<Watch*> watches_;
  std::atomic<bool> running_{false};
  std::atomic<bool> asleep_{false};
};

Watch::Watch() : dog_(&Watchdog::instance()), generation_(process_generation()) {
  dog_->add(*this);
}

/// In a forked child the parent's mutex may be locked for ever.
Watch::~Watch() {
  if (generation_ == process_generation()) dog_->remove(*this);
}

void Watch::begin(Deadline deadline) {
  thread_.store(this_thread_id());
  deadline_ns_.store(to_ns(deadline.when()));
  dog_->call_under_way();
}

bool Watch::end() {
  deadline_ns_.store(0);
  while (cutting_.load()) std::this_thread::yield();
  return cut_.exchange(false);
}

}  // namespace xaodbc::odbc

#include "conformance/thread_of_control.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace xaodbc::conformance {

/// Owned by both sides, because a thread whose call does not come back is never joined.
struct ThreadOfControl::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> task;
  bool busy = false;
  bool end = false;

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return busy || end; });
      if (!busy) return;
      lock.unlock();
      task();
      lock.lock();
      busy = false;
      changed.notify_all();
    }
  }
};

ThreadOfControl::ThreadOfControl(std::chrono::seconds patience)
    : patience_(patience), shared_(std::make_shared<Shared>()) {
  thread_ = std::thread([shared = shared_] { shared->work(); });
}

ThreadOfControl::~ThreadOfControl() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->end = true;
    if (shared_->busy) thread_.detach();
  }
  shared_->changed.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ThreadOfControl::run(std::function<void()> body) {
  begin(std::move(body));
  join();
}

void ThreadOfControl::begin(std::function<void()> body) {
  const std::lock_guard lock(shared_->mutex);
  shared_->task = std::move(body);
  shared_->busy = true;
  shared_->changed.notify_all();
}

void ThreadOfControl::join() {
  std::unique_lock lock(shared_->mutex);
  if (!shared_->changed.wait_for(lock, patience_, [this] { return !shared_->busy; })) {
    throw NoAnswer();
  }
}

}  // namespace xaodbc::conformance

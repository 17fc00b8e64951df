#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <utility>

namespace xaodbc {

/// A thread of control that does what it is told, one thing after the other.
class Worker {
 public:
  Worker() : thread_([this] { work(); }) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { end(); }

  /// Begins `body` there and does not wait. What it throws comes out of the future.
  template <class Body>
  auto begin(Body body) -> std::future<decltype(body())> {
    auto task = std::make_shared<std::packaged_task<decltype(body())()>>(std::move(body));
    auto result = task->get_future();
    push([task] { (*task)(); });
    return result;
  }
  template <class Body>
  auto run(Body body) {
    return begin(std::move(body)).get();
  }
  /// The thread ends once it has done what it was told.
  void end() {
    if (!thread_.joinable()) return;
    push(nullptr);
    thread_.join();
  }

 private:
  void push(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push(std::move(task));
    }
    arrived_.notify_one();
  }
  std::function<void()> next() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !tasks_.empty(); });
    auto task = std::move(tasks_.front());
    tasks_.pop();
    return task;
  }
  void work() {
    while (auto task = next()) task();
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::queue<std::function<void()>> tasks_;
  std::thread thread_;
};

}  // namespace xaodbc

#include "bench/team.h"

#include <sys/resource.h>

#include <utility>

namespace xaodbc::bench {
namespace {

double cpu_us() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

}  // namespace

Team::Team(unsigned threads, const Recruit& recruit) : busy_(threads) {
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i, recruit] { serve(i, recruit); });
  }
  std::unique_lock lock(mutex_);
  wait_until_all_rest(lock);
  if (!error_) return;
  over_ = true;
  lock.unlock();
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  std::rethrow_exception(error_);
}

Team::~Team() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

Pace Team::run(std::chrono::duration<double> duration) {
  using Clock = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  const double cpu_before = cpu_us();
  const auto start = Clock::now();
  busy_ = static_cast<unsigned>(threads_.size());
  done_ = 0;
  rest_ = false;
  ++round_;
  changed_.notify_all();
  changed_.wait_for(lock, duration, [this] { return error_ != nullptr; });
  rest_ = true;
  wait_until_all_rest(lock);
  if (error_) std::rethrow_exception(error_);
  const auto done = static_cast<double>(done_);
  const std::chrono::duration<double> took = Clock::now() - start;
  return {done / took.count(), done == 0 ? 0 : (cpu_us() - cpu_before) / done};
}

void Team::wait_until_all_rest(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [this] { return busy_ == 0; });
}

void Team::serve(unsigned index, const Recruit& recruit) {
  try {
    const Work work = recruit(index);
    work_rounds(work);
  } catch (...) {
    failed();
  }
}

void Team::failed() {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::current_exception();
  if (busy_ > 0) --busy_;
  changed_.notify_all();
}

void Team::work_rounds(const Work& work) {
  std::unique_lock lock(mutex_);
  for (std::uint64_t seen = 0;; seen = round_) {
    --busy_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return over_ || round_ != seen; });
    if (over_) return;
    lock.unlock();
    std::uint64_t done = 0;
    while (!rest_.load(std::memory_order_relaxed)) {
      work();
      ++done;
    }
    lock.lock();
    done_ += done;
  }
}

}  // namespace xaodbc::bench

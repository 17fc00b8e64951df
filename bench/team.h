#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace xaodbc::bench {

/// What one round of a team came to.
struct Pace {
  double per_second = 0;
  double cpu_us = 0;  ///< of this process, all its threads, for one piece of work
};

/// Threads that repeat a piece of work in rounds and keep what they have open between them.
class Team {
 public:
  using Work = std::function<void()>;
  /// Called once in each thread; what it captured is destroyed in that thread, too.
  using Recruit = std::function<Work(unsigned index)>;

  /// Returns when all are ready. Throws what `recruit` threw.
  Team(unsigned threads, const Recruit& recruit);
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team();

  /// Throws what the work threw; the team is then good for nothing but its end.
  Pace run(std::chrono::duration<double> duration);

 private:
  void serve(unsigned index, const Recruit& recruit);
  void work_rounds(const Work& work);
  void failed();
  void wait_until_all_rest(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> rest_{true};  ///< ends the round under way
  bool over_ = false;
  std::uint64_t round_ = 0;
  std::uint64_t done_ = 0;
  unsigned busy_;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace xaodbc::bench

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace xaodbc::conformance {

/// A call that did not come back. Its thread still stands in the library under test: nothing it
/// may touch can be released any more, and the program ends without waiting for it.
struct NoAnswer {};

/// A thread that does what it is told, one thing after the other: what the standard calls a thread
/// of control.
class ThreadOfControl {
 public:
  explicit ThreadOfControl(std::chrono::seconds patience);
  ThreadOfControl(const ThreadOfControl&) = delete;
  ThreadOfControl& operator=(const ThreadOfControl&) = delete;
  /// Ends the thread, and waits for that unless a call in it did not come back.
  ~ThreadOfControl();

  /// Has `body` done there. Throws NoAnswer when that takes too long; `body` must own all it uses.
  void run(std::function<void()> body);
  /// The same without waiting; join() waits, within the same patience.
  void begin(std::function<void()> body);
  void join();

 private:
  struct Shared;
  std::chrono::seconds patience_;
  std::thread thread_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace xaodbc::conformance

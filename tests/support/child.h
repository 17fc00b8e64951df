#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xaodbc::support {

/// How a process ended: by itself with a status, or by a signal.
struct Ending {
  bool by_signal = false;
  int number = 0;
  friend bool operator==(const Ending&, const Ending&) = default;
};
constexpr Ending exited(int status) { return {false, status}; }
constexpr Ending killed_by(int signal) { return {true, signal}; }
void PrintTo(const Ending& ending, std::ostream* out);

using Environment = std::vector<std::pair<std::string, std::string>>;

/// A forked process that runs `body` with these variables added to its environment and ends without
/// destructors, like a process that is killed: with 0, or with 1 when an assertion in it failed or
/// something was thrown. Assertions in the body print as usual.
class Child {
 public:
  explicit Child(const std::function<void()>& body, const Environment& environment = {});
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills it, should it still run.
  ~Child();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void kill();
  /// A child that hangs is killed after a minute, and that is how it ended.
  Ending wait();

 private:
  pid_t pid_;
  std::optional<Ending> ending_;
};

/// Shorthand for a Child that is waited for.
Ending run_in_child(const std::function<void()>& body, const Environment& environment = {});

/// A program that was run to its end, with what it wrote to stdout and stderr.
struct Finished {
  Ending ending;
  std::string output;
};
Finished run_program(const std::vector<std::string>& arguments,
                     const Environment& environment = {});

/// A sign that one process gives and another one waits for. Made before the fork.
class Signal {
 public:
  Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal();
  void give();
  /// Throws when no sign comes within half a minute, or never can.
  void await();

 private:
  int read_ = -1;
  int write_ = -1;
};

}  // namespace xaodbc::support

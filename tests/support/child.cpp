#include "tests/support/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <system_error>

namespace xaodbc::support {
namespace {

constexpr int kHangs = 60'000;
constexpr int kNoSign = 30'000;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void set_environment(const Environment& environment) {
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
}

int run_body(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::exception& error) {
    std::cout << "the child threw: " << error.what() << '\n';
    return 1;
  }
  return testing::Test::HasFailure() ? 1 : 0;
}

pid_t fork_quietly() {
  std::cout.flush();
  std::fflush(nullptr);  // else both processes would print what is buffered
  const pid_t pid = fork();
  if (pid < 0) fail("fork");
  return pid;
}

bool ends_within(pid_t pid, int milliseconds) {
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (handle < 0) fail("pidfd_open");
  pollfd polled{handle, POLLIN, 0};
  const int ready = poll(&polled, 1, milliseconds);
  close(handle);
  return ready > 0;
}

Ending reap(pid_t pid) {
  if (!ends_within(pid, kHangs)) ::kill(pid, SIGKILL);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) fail("waitpid");
  return WIFSIGNALED(status) ? killed_by(WTERMSIG(status)) : exited(WEXITSTATUS(status));
}

[[noreturn]] void become(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(argv[0], argv.data());
  std::perror(argv[0]);
  _exit(127);
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto size = read(file, piece.data(), piece.size());
    if (size <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  return ends;
}

#ifdef __SANITIZE_ADDRESS__
const pid_t process_of_the_tests = getpid();
#endif

}  // namespace
}  // namespace xaodbc::support

#ifdef __SANITIZE_ADDRESS__
/// Asked by the leak sanitizer at exit. A child that exits orderly has inherited what only its
/// parent could free, and what a process that leaves everything open does not free is no leak.
extern "C" __attribute__((visibility("default"))) int
__lsan_is_turned_off() {  // NOLINT(bugprone-reserved-identifier)
  return getpid() != xaodbc::support::process_of_the_tests ? 1 : 0;
}
#endif

namespace xaodbc::support {

void PrintTo(const Ending& ending, std::ostream* out) {
  *out << (ending.by_signal ? "killed by signal " : "exited with status ") << ending.number;
}

Child::Child(const std::function<void()>& body, const Environment& environment)
    : pid_(fork_quietly()) {
  if (pid_ != 0) return;
  set_environment(environment);
  const int status = run_body(body);
  std::cout.flush();
  std::fflush(nullptr);
  _exit(status);
}

Child::~Child() {
  if (ending_) return;
  kill();
  static_cast<void>(reap(pid_));
}

void Child::kill() {
  if (!ending_) ::kill(pid_, SIGKILL);
}

Ending Child::wait() {
  if (!ending_) ending_ = reap(pid_);
  return *ending_;
}

Ending run_in_child(const std::function<void()>& body, const Environment& environment) {
  return Child(body, environment).wait();
}

Finished run_program(const std::vector<std::string>& arguments, const Environment& environment) {
  const auto [reading, writing] = make_pipe();
  const pid_t pid = fork_quietly();
  if (pid == 0) {
    set_environment(environment);
    become(arguments, writing);
  }
  close(writing);
  std::string output = read_all(reading);
  close(reading);
  return {reap(pid), std::move(output)};
}

Signal::Signal() {
  const auto [reading, writing] = make_pipe();
  read_ = reading;
  write_ = writing;
}

Signal::~Signal() {
  close(read_);
  close(write_);
}

void Signal::give() {
  if (write(write_, "x", 1) != 1) fail("giving a sign");
}

void Signal::await() {
  pollfd polled{read_, POLLIN, 0};
  char sign = 0;
  if (poll(&polled, 1, kNoSign) != 1 || read(read_, &sign, 1) != 1) {
    throw std::runtime_error("the other process gave no sign");
  }
}

}  // namespace xaodbc::support

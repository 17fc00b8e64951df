#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace xaodbc::recovery {

/// While it lives, standard input and output are a terminal on which somebody has typed `answer`.
class Terminal {
 public:
  explicit Terminal(std::string_view answer) {
    std::fflush(stdout);
    EXPECT_EQ(::openpty(&person_, &program_, nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(::write(person_, answer.data(), answer.size()), std::ssize(answer));
    EXPECT_EQ(::dup2(program_, STDIN_FILENO), STDIN_FILENO);
    EXPECT_EQ(::dup2(program_, STDOUT_FILENO), STDOUT_FILENO);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    leave();
    ::close(person_);
  }

  /// What the screen shows, once; the terminal is gone then.
  std::string screen() {
    leave();
    std::string text;
    char c = 0;
    while (::read(person_, &c, 1) == 1) text += c;
    return text;
  }

 private:
  void leave() {
    if (program_ < 0) return;
    std::fflush(stdout);
    EXPECT_EQ(::dup2(input_before_, STDIN_FILENO), STDIN_FILENO);
    EXPECT_EQ(::dup2(output_before_, STDOUT_FILENO), STDOUT_FILENO);
    for (const int fd : {program_, input_before_, output_before_}) ::close(fd);
    program_ = -1;
  }

  const int input_before_ = ::dup(STDIN_FILENO);
  const int output_before_ = ::dup(STDOUT_FILENO);
  int person_ = -1;
  int program_ = -1;
};

}  // namespace xaodbc::recovery

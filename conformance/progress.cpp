#include "conformance/progress.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace xaodbc::conformance {
namespace {

// Made before the crash: a signal handler may do little more than write.
std::array<char, 200> last_words{};

void say_last_words(int signal_number) {
  const auto length = strnlen(last_words.data(), last_words.size());
  static_cast<void>(!write(STDERR_FILENO, last_words.data(), length));
  std::signal(signal_number, SIG_DFL);
  static_cast<void>(std::raise(signal_number));
}

}  // namespace

Progress::Progress(std::size_t cells) : cells_(cells), is_terminal_(isatty(STDERR_FILENO) == 1) {
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) {
    std::signal(number, say_last_words);
  }
}

void Progress::show(std::size_t number, const std::string& cell) const {
  std::snprintf(last_words.data(), last_words.size(),
                "\nxa-conformance: the switch crashed in the cell %s\n", cell.c_str());
  if (is_terminal_) {
    std::fprintf(stderr, "\r\x1b[K[%zu/%zu] %s", number + 1, cells_, cell.c_str());
    std::fflush(stderr);
  }
}

void Progress::end() const {
  last_words.fill('\0');
  if (is_terminal_) std::fputs("\r\x1b[K", stderr);
}

}  // namespace xaodbc::conformance

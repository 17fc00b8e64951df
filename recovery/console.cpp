#include "recovery/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace xaodbc::recovery {
namespace {

constexpr int kNothingDone = 1;
constexpr int kOutputLost = 2;

/// errno of the first output that could not be written.
int lost_output = 0;

bool says_yes(std::string_view question) {
  print_out(fmt::format("{} [y/N] ", question));
  std::string answer;
  std::getline(std::cin, answer);
  const std::string word = to_lower(trim(answer));
  return word == "y" || word == "yes";
}

}  // namespace

bool is_interactive() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

std::optional<int> lacks_consent(bool yes, std::string_view question) {
  if (yes) return std::nullopt;
  if (!is_interactive()) {
    return refuse("there is no terminal to ask on; give --yes when nobody needs to be asked");
  }
  if (says_yes(question)) return std::nullopt;
  print_out("nothing was changed\n");
  return kNothingDone;
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return out;
}

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

void print_out(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!(std::fflush(stdout) == 0 && written) && lost_output == 0) lost_output = errno;
}

int finish_output(int status) {
  // Also what others wrote, such as the help.
  if (std::fflush(stdout) != 0 && lost_output == 0) lost_output = errno;
  const int error = std::exchange(lost_output, 0);
  if (error == 0 && std::ferror(stdout) == 0) return status;
  std::clearerr(stdout);
  // An earlier flush of others has kept its cause for itself.
  const std::string cause = error == 0 ? "" : ": " + std::generic_category().message(error);
  print_error("standard output cannot be written" + cause);
  return kOutputLost;
}

void print_error(std::string_view message) {
  const std::string line = fmt::format("xaodbc: {}\n", message);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int refuse(std::string_view why) {
  print_error(fmt::format("refused: {}", why));
  return kNothingDone;
}

}  // namespace xaodbc::recovery

#include "recovery/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/text.h"

namespace xaodbc::recovery {

bool is_interactive() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

Consent ask(std::string_view question) {
  if (!is_interactive()) return Consent::kNoTerminal;
  print_out(fmt::format("{} [y/N] ", question));
  std::string answer;
  std::getline(std::cin, answer);
  const std::string word = to_lower(trim(answer));
  return word == "y" || word == "yes" ? Consent::kYes : Consent::kNo;
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return out;
}

void print_out(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_error(std::string_view message) {
  const std::string line = fmt::format("xaodbc: {}\n", message);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace xaodbc::recovery

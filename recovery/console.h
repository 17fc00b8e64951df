#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xaodbc::recovery {

enum class Consent { kYes, kNo, kNoTerminal };

/// Asks on the terminal, `[y/N]`. kNoTerminal: nobody is there to be asked.
Consent ask(std::string_view question);
bool is_interactive();

/// What came from a server, a log or a person, without anything that could steer a terminal.
std::string printable(std::string_view text);

/// `1 resource`, `2 resources`.
std::string counted(std::size_t number, std::string_view noun);

void print_out(std::string_view text);
/// The exit status of a command that came to `status`: 2, with a message, when not all of what it
/// had to say could be written. Whoever reads a cut list must not take it for the whole.
int finish_output(int status);
/// To stderr, `xaodbc: ...`.
void print_error(std::string_view message);

}  // namespace xaodbc::recovery

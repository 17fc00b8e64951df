#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace xaodbc::recovery {

bool is_interactive();
/// The exit status of a command that may not go on, because its operator said no to `question` on
/// the terminal or nobody is there to be asked; nothing when it may, or `yes` was given.
std::optional<int> lacks_consent(bool yes, std::string_view question);

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
/// As well, and the exit status of a command that has done nothing.
int refuse(std::string_view why);

}  // namespace xaodbc::recovery

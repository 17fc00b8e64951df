#pragma once

#include <string>
#include <string_view>

namespace xaodbc::recovery {

enum class Consent { kYes, kNo, kNoTerminal };

/// Asks on the terminal, `[y/N]`. kNoTerminal: nobody is there to be asked.
Consent ask(std::string_view question);
bool is_interactive();

/// What came from a server, a log or a person, without anything that could steer a terminal.
std::string printable(std::string_view text);

void print_out(std::string_view text);
/// To stderr, `xaodbc: ...`.
void print_error(std::string_view message);

}  // namespace xaodbc::recovery

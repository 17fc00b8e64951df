#pragma once

namespace xaodbc::conformance {

/// The program: reads the command line, drives the switch, reports, and returns the exit status: 0
/// nothing wrong, 1 wrong cells, 2 the switch could not be driven.
int run_program(int argc, const char* const* argv);

}  // namespace xaodbc::conformance

#pragma once

namespace xaodbc::recovery {

/// The tool: reads the command line, runs the command and returns the exit status. A command line
/// that cannot be read is an error (2).
int run_tool(int argc, const char* const* argv);

}  // namespace xaodbc::recovery

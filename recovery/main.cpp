#include <cstdio>
#include <exception>

#include "recovery/command_line.h"

int main(int argc, char** argv) {
  try {
    return xaodbc::recovery::run_tool(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "xaodbc: %s\n", error.what());
    return 2;
  }
}

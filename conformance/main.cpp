#include <cstdio>
#include <exception>

#include "conformance/command_line.h"

int main(int argc, char** argv) {
  try {
    return xaodbc::conformance::run_program(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "xa-conformance: %s\n", error.what());
    return 2;
  }
}

// For valgrind: nothing but branches through the scripted driver. instructions.py runs it.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <thread>

#include "bench/verb_loop.h"

namespace xaodbc::bench {

int run_course(const std::string& course, int branches, const std::string& guard) {
  static const std::map<std::string, Course> courses = {{"two-phases", Course::kTwoPhases},
                                                        {"one-phase", Course::kOnePhase},
                                                        {"rolled-back", Course::kRolledBack}};
  support::ScratchConfig config;
  VerbLoop loop(add_scripted_resource(config, "scripted", {{"guard", guard}}));
  loop.run(courses.at(course), Unmetered());
  // The first branch has made the log's segment, and a directory that changed just now is read
  // again by every xa_start.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  for (int i = 1; i < branches; ++i) loop.run(courses.at(course), Unmetered());
  return 0;
}

}  // namespace xaodbc::bench

int main(int argc, char** argv) {
  try {
    if (argc == 4) return xaodbc::bench::run_course(argv[1], std::atoi(argv[2]), argv[3]);
    std::fputs("verbs_program two-phases|one-phase|rolled-back BRANCHES full|light\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "verbs_program: %s\n", error.what());
  }
  return 2;
}

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace xaodbc::bench {

/// What the command line asks for.
struct Options {
  std::vector<std::string> scenarios;  ///< empty: all
  std::vector<unsigned> threads = {1, 4, 16, 64};
  std::vector<std::string> pairs = {"pg+pg", "pg+mariadb"};  ///< of resources in `transfer`
  /// Settings of the bridge that are measured beside each other, as keys of xaodbc.ini:
  /// "guard=full,read_only=off".
  std::vector<std::string> variants = {"guard=full", "guard=full,filter=off", "guard=light"};
  std::vector<std::chrono::microseconds> delays;  ///< added to every round trip, beside none
  unsigned rounds = 15;
  std::chrono::duration<double> round{1.5};
  std::size_t in_doubt = 1000;                             ///< `recovery`
  std::vector<std::size_t> finished = {10, 1000, 100000};  ///< `recovery`
  std::size_t branches = 1'000'000;                        ///< `memory`
  std::string json;                                        ///< file, may be empty
  std::string svg;                                         ///< likewise
};

}  // namespace xaodbc::bench

#pragma once

#include <string>
#include <vector>

namespace xaodbc::conformance {

enum class Format { kText, kJson, kJunit };

/// What the command line says.
struct Options {
  std::string library;
  std::string switch_symbol;
  std::string getter;
  std::vector<std::string> open_info;  ///< of rmid 0, 1, ...
  std::string close_info;
  std::string sql_connection;
  std::vector<std::string> work;
  std::string read;
  std::string failing_work;
  std::string heuristic;
  bool one_writer = false;  ///< a branch at work keeps all others from writing
  Format format = Format::kText;
  std::string output;
  std::vector<std::string> only;
  bool list = false;
  bool verbose = false;
  int patience = 60;  ///< seconds that a call may take
};

}  // namespace xaodbc::conformance

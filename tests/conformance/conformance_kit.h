#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/child.h"
#include "tests/support/scratch_directory.h"

namespace xaodbc {

using Arguments = std::vector<std::string>;

/// What the program said about a switch.
struct ConformanceRun {
  support::Finished finished;
  nlohmann::json report;

  /// "name: called = answered, why" of the cells with that verdict.
  [[nodiscard]] std::vector<std::string> cells(const std::string& verdict) const {
    std::vector<std::string> found;
    for (const auto& cell : report["cells"]) {
      if (cell["verdict"] != verdict) continue;
      found.push_back(cell["name"].get<std::string>() + ": " + cell["called"].get<std::string>() +
                      " = " + cell["answered"].get<std::string>() + ", " +
                      cell["why"].get<std::string>());
    }
    return found;
  }
  [[nodiscard]] std::vector<std::string> names(const std::string& verdict) const {
    std::vector<std::string> found;
    for (const auto& cell : report["cells"]) {
      if (cell["verdict"] == verdict) found.push_back(cell["name"]);
    }
    return found;
  }
};

inline support::Finished run_conformance(const Arguments& arguments,
                                         const support::Environment& environment = {}) {
  Arguments all = {XAODBC_CONFORMANCE_PATH};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return support::run_program(all, environment);
}

/// A run whose report is JSON.
inline ConformanceRun run_for_json(Arguments arguments,
                                   const support::Environment& environment = {}) {
  const support::ScratchDirectory directory;
  const auto file = directory.path() / "report.json";
  for (const auto& more :
       {std::string("--format"), std::string("json"), std::string("--output"), file.string()}) {
    arguments.push_back(more);
  }
  ConformanceRun run{run_conformance(arguments, environment), {}};
  std::ifstream stream(file);
  if (stream) run.report = nlohmann::json::parse(stream);
  return run;
}

}  // namespace xaodbc

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/walk/schema.h"
#include "tests/walk/steps.h"

namespace xaodbc::walk {

/// What was done, so that it can be seen that something was.
struct Counts {
  std::uint64_t statements = 0;  ///< that did something
  std::uint64_t fenced = 0;      ///< that fences refused
  std::uint64_t prepared = 0;
  std::uint64_t refused = 0;  ///< branches, by prepare
  std::uint64_t committed = 0;
  std::uint64_t rolled_back = 0;
};

/// Takes the steps one after the other in a new file; after each, the tables are held against what
/// they must be, and references against what is there. At the end every branch is decided. Returns
/// what was violated first, empty: nothing. Throws if the file cannot be made.
std::string walk(const std::filesystem::path& file, const Schema& schema,
                 const std::vector<Step>& steps, Counts& counts);

/// Steps without those that the violation does not need.
std::vector<Step> shortened(const std::filesystem::path& file, const Schema& schema,
                            std::vector<Step> steps);

}  // namespace xaodbc::walk

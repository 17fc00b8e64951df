#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace xaodbc::recovery {

struct ScanOptions {
  std::filesystem::path ini;
  std::vector<std::string> resources;  ///< empty: all
  std::optional<std::chrono::seconds> older_than;
  bool json = false;
};

/// `xaodbc scan`. 0: no branch is in doubt, 1: some are, 2: something could not be looked at.
int run_scan(const ScanOptions& options);

}  // namespace xaodbc::recovery

#pragma once

#include <filesystem>
#include <string>

#include "odbc/dialect.h"

namespace xaodbc::recovery {

/// Which branch: a resource and what names a branch of it, an XID or a short id.
struct BranchOptions {
  std::filesystem::path ini;
  std::string resource;
  std::string branch;
};

struct DecideOptions {
  BranchOptions branch;
  odbc::Decision decision = odbc::Decision::kRollback;
  std::string reason;
  bool yes = false;  ///< do not ask
};

/// `xaodbc show`. 0: shown, 1: no such branch, 2: error.
int run_show(const BranchOptions& options, bool json);

/// `xaodbc commit` and `xaodbc rollback`. 0: done, 1: refused or nothing to do, 2: error.
int run_decide(const DecideOptions& options);

/// `xaodbc forget`. Exit statuses as run_decide.
int run_forget(const BranchOptions& options, bool yes);

}  // namespace xaodbc::recovery

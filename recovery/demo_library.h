#pragma once

#include <xaodbc/xa.h>

#include <filesystem>

#include "base/status.h"

namespace xaodbc::recovery {

/// What a transaction manager takes from libxaodbc.so.
struct DemoLibrary {
  xa_switch_t* entries = nullptr;
  void* (*connection)(int rmid) = nullptr;
  const char* (*last_error)() = nullptr;

  /// Loads it as a TM does, by dlopen. Without a path it is looked for beside the tool, in ../lib
  /// and where the system keeps libraries. Stays loaded until the process ends.
  static Result<DemoLibrary> load(const std::filesystem::path& path);
};

}  // namespace xaodbc::recovery

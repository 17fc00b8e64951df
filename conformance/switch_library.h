#pragma once

#include <xaodbc/xa.h>

#include "base/status.h"
#include "conformance/options.h"

namespace xaodbc::conformance {

/// What was found in the library under test. Nothing is ever unloaded.
struct SwitchLibrary {
  xa_switch_t* entries = nullptr;
  void* (*connection)(int rmid) = nullptr;  ///< null when the command line names none

  [[nodiscard]] bool has_flag(long flag) const { return (entries->flags & flag) != 0; }
};

Result<SwitchLibrary> load_switch(const Options& options);

}  // namespace xaodbc::conformance

#pragma once

#include "base/status.h"
#include "recovery/demo.h"

namespace xaodbc::recovery {

enum class ChildEnd { kFine, kKilled };

/// Plays a step in a process of its own, which shares our output, and waits for it. Errors: it
/// could not be started or failed (it has said why).
Result<ChildEnd> run_child(const DemoOptions& options, const char* step);

}  // namespace xaodbc::recovery

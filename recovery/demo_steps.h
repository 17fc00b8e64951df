#pragma once

#include <string>

#include "base/status.h"
#include "recovery/demo.h"

namespace xaodbc::recovery {

/// What a child process of the demonstration plays: the transaction manager's lives.
namespace demo_step {
constexpr const char* kTransfers = "transfers";             ///< commits some, rolls one back
constexpr const char* kCrashDecided = "crash-decided";      ///< dies after its decision
constexpr const char* kCrashUndecided = "crash-undecided";  ///< dies before
constexpr const char* kRecover = "recover";                 ///< finishes what was left
}  // namespace demo_step

constexpr long kMovedByTransfers = 85;
constexpr long kMovedByDecided = 200;
constexpr long kMovedByUndecided = 300;

/// Run identity: the directory's name tells one run from all others.
std::string demo_run(const std::filesystem::path& directory);

Status play_step(const DemoOptions& options);

}  // namespace xaodbc::recovery

#include "recovery/demo_steps.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include "recovery/demo_coordinator.h"
#include "recovery/demo_narrator.h"

namespace xaodbc::recovery {
namespace {

constexpr std::array<long, 3> kCommitted{100, -40, 25};
static_assert(kCommitted[0] + kCommitted[1] + kCommitted[2] == kMovedByTransfers);
constexpr long kRolledBack = 500;

std::string describe(std::size_t pair, long from_a_to_b) {
  const char* const a = kOwners[0][pair];
  const char* const b = kOwners[1][pair];
  return from_a_to_b > 0 ? fmt::format("{} from {} to {}", from_a_to_b, a, b)
                         : fmt::format("{} from {} to {}", -from_a_to_b, b, a);
}

Status play_transfers(DemoCoordinator& manager, const DemoNarrator& narrator) {
  int number = 0;
  for (const long amount : kCommitted) {
    Status status = manager.transfer(fmt::format("transfer{}", ++number), 0, amount);
    if (status.is_ok()) status = manager.prepare();
    if (status.is_ok()) status = manager.decide_commit();
    if (status.is_ok()) status = manager.commit();
    if (!status.is_ok()) return status;
    narrator.tell(
        fmt::format("{}: prepared at both banks, decided, committed", describe(0, amount)));
  }
  Status status = manager.transfer("refused", 0, kRolledBack);
  if (status.is_ok()) status = manager.prepare();
  if (status.is_ok()) status = manager.rollback();
  if (!status.is_ok()) return status;
  narrator.tell(
      fmt::format("{}: prepared at both banks, then rolled back", describe(0, kRolledBack)));
  return manager.close();
}

/// Never returns when all goes as told.
Status play_crash(DemoCoordinator& manager, const DemoNarrator& narrator, bool decided) {
  const std::size_t pair = decided ? 0 : 1;
  const long amount = decided ? kMovedByDecided : kMovedByUndecided;
  Status status = manager.transfer(decided ? "decided" : "undecided", pair, amount);
  if (status.is_ok()) status = manager.prepare();
  if (!status.is_ok()) return status;
  narrator.tell(fmt::format("{}: prepared at both banks", describe(pair, amount)));
  if (decided) {
    status = manager.decide_commit();
    if (!status.is_ok()) return status;
    narrator.tell("\"commit\" is written to the manager's decision log and synced");
  }
  narrator.tell(fmt::format("kill -9 {}: the transaction manager kills itself", ::getpid()));
  ::kill(::getpid(), SIGKILL);
  return {StatusCode::kInternal, "survived SIGKILL"};
}

Status play_recovery(DemoCoordinator& manager, const DemoNarrator& narrator) {
  const auto recovered = manager.recover();
  if (!recovered) return recovered.error();
  for (const DemoRecovered& branch : *recovered) {
    narrator.tell(fmt::format(
        "xa_recover at {} lists {}: {}", kBanks[branch.bank], branch.gtrid,
        branch.committed ? "decided, so xa_commit" : "not in the decision log, so xa_rollback"));
  }
  return manager.close();
}

}  // namespace

std::string demo_run(const std::filesystem::path& directory) {
  const std::string name = directory.filename().string();
  return name.substr(name.rfind('-') + 1);
}

Status play_step(const DemoOptions& options) {
  const DemoNarrator narrator;
  auto manager = DemoCoordinator::start(options.library, options.ini, options.directory,
                                        demo_run(options.directory));
  if (!manager) return manager.error();
  if (options.step == demo_step::kTransfers) return play_transfers(*manager, narrator);
  if (options.step == demo_step::kCrashDecided) return play_crash(*manager, narrator, true);
  if (options.step == demo_step::kCrashUndecided) return play_crash(*manager, narrator, false);
  if (options.step == demo_step::kRecover) return play_recovery(*manager, narrator);
  return {StatusCode::kInvalidArgument, "no such step: " + options.step};
}

}  // namespace xaodbc::recovery

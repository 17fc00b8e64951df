#include "xa/reaper.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/process.h"
#include "base/timed_mutex.h"
#include "xa/journal.h"
#include "xa/marks.h"
#include "xa/unanswered.h"
#include "xa/unprepared.h"

namespace xaodbc::xa {
namespace {

constexpr std::chrono::milliseconds kRound{500};
/// A server that does not answer holds up the other resources no longer.
constexpr std::chrono::seconds kLongestRound{5};
/// Others are asked for their votes one after the other before a branch whose PREPARE was sent
/// ahead, each of them in up to verb_timeout.
constexpr int kPatienceForVotes = 5;
/// A branch that was prepared just now is not yet expected to be finished elsewhere.
constexpr std::chrono::seconds kFreshlyPrepared{2};

bool older_than(const Branch& branch, std::chrono::seconds age) {
  return Deadline::Clock::now() - branch.since >= age;
}

/// The application may be in the middle of a statement on the connection, so it is left alone, and
/// its session is ended from the server's side, which lets go of locks and of the statement.
Status end_session_of(Resource& resource, Branch& branch, Deadline deadline) {
  auto lease = resource.database->pool().lease_fresh(deadline);
  if (!lease) return lease.error();
  auto ended =
      resource.database->dialect().end_session(**lease, branch.identity->session, deadline);
  if (ended.is_ok()) branch.lease->mark_unfit();
  return ended;
}

Status end_work(Resource& resource, Branch& branch, Deadline deadline) {
  if (!branch.lease) return Status::ok();
  if (branch.has_active()) {
    return branch.lease->fit() ? end_session_of(resource, branch, deadline) : Status::ok();
  }
  branch.lease->open_latch();
  const auto& dialect = resource.database->dialect();
  if (!dialect.roll_back_active(*branch.lease, branch.name, deadline)) {
    branch.ended_by_application = true;
  }
  // A record that is still open names the session, which must not work for another branch then.
  if (branch.noted) branch.lease->mark_unfit();
  branch.lease.give_back();
  return Status::ok();
}

bool is_overdue(const Resource& resource, const Branch& branch) {
  const auto timeout = resource.settings.branch_timeout;
  return timeout.count() > 0 && older_than(branch, timeout);
}

/// The transaction manager is done with the branch and no thread is associated. The owner may have
/// been about to prepare, and is told that it was rolled back; afterwards nobody will ask again.
bool owner_will_not_ask(const Resource& resource, const Branch& branch) {
  return branch.rolled_back_elsewhere && branch.associations.empty() &&
         older_than(branch, resource.settings.verb_timeout);
}

bool is_finished_in_log(const Resource& resource, const Branch& branch) {
  const auto history = resource.log->find(resource.name(), branch.name.xid);
  return history && *history && !(*history)->is_live();
}

/// Its record was written ahead, so another process could finish it by that without a mark.
bool was_finished_ahead_of_its_vote(const Resource& resource, const Branch& branch) {
  return branch.noted && branch.associations.empty() &&
         older_than(branch, resource.settings.verb_timeout) && is_finished_in_log(resource, branch);
}

void drop(Resource& resource, Branch& branch) {
  branch.lease.discard();
  resource.branches.erase(branch);
}

/// What cannot be ended now is tried again in the next round; it cannot be prepared any more.
Status look_at_working(Resource& resource, Branch& branch, Deadline deadline) {
  if (was_finished_ahead_of_its_vote(resource, branch)) {
    drop(resource, branch);
    return Status::ok();
  }
  notice_rollback_elsewhere(resource, branch);
  if (is_overdue(resource, branch)) {
    branch.mark_rollback_only(
        RollbackReason::kTimeout,
        "branch_timeout = " + std::to_string(resource.settings.branch_timeout.count()) +
            " seconds passed before the branch was prepared");
  } else if (!branch.rolled_back_elsewhere) {
    return Status::ok();
  }
  auto ended = end_work(resource, branch, deadline);
  if (!owner_will_not_ask(resource, branch)) return ended;
  if (branch.ended_by_application) {
    Journal journal(resource, branch.name, branch.birth);
    static_cast<void>(note_ended_by_application(deadline, branch, journal, ended_itself()));
    return ended;
  }
  close_note(resource, branch);
  resource.branches.erase(branch);
  return ended;
}

/// Finished by another process: this one would keep its connection and its memory for ever.
void look_at_prepared(Resource& resource, Branch& branch) {
  if (older_than(branch, kFreshlyPrepared) && is_finished_in_log(resource, branch)) {
    drop(resource, branch);
  }
}

/// Asked ahead for its vote, which nobody wants to know. Unless another process has finished it,
/// from now on only the server can tell what it was.
void give_up_answer(Resource& resource, Branch& branch) {
  if (is_finished_in_log(resource, branch)) return drop(resource, branch);
  branch.lease.discard();
  branch.noted.reset();
  branch.enter(BranchState::kMaybePrepared);
}

Status look_at(Resource& resource, Branch& branch, Deadline deadline) {
  // Where a verb is at work on it the next round will do.
  const std::unique_lock lock(branch.mutex, std::try_to_lock);
  if (!lock.owns_lock() || branch.gone) return Status::ok();
  if (branch.state == BranchState::kWorking) return look_at_working(resource, branch, deadline);
  if (branch.state == BranchState::kAsked &&
      older_than(branch, kPatienceForVotes * resource.settings.verb_timeout)) {
    give_up_answer(resource, branch);
    return Status::ok();
  }
  if (branch.state == BranchState::kMaybePrepared &&
      older_than(branch, resource.settings.verb_timeout)) {
    if (!is_finished_in_log(resource, branch)) {
      return roll_back_unanswered(resource, branch, deadline);
    }
    drop(resource, branch);
    return Status::ok();
  }
  look_at_prepared(resource, branch);
  return Status::ok();
}

/// A server that does not answer for one branch is not asked for the others in the same round.
void reap(Resource& resource) {
  const Deadline deadline = resource.deadline().at_most(kLongestRound);
  for (const auto& branch : resource.branches.all()) {
    if (!look_at(resource, *branch, deadline).is_ok()) return;
  }
}

/// The thread of one process. Never destroyed: a guest library has no moment at which it could
/// safely wait for a thread.
class Reaper {
 public:
  /// False: the system gives no thread; it is asked again at the next call.
  bool keep_running() {
    const std::lock_guard lock(starting_);
    if (!running_) running_ = start_guest_thread("xaodbc-reaper", [this] { run(); });
    return running_;
  }
  [[nodiscard]] bool is_of_this_process() const { return generation_ == process_generation(); }
  /// The round under way is the last one; waits for its end.
  void stop() {
    stopping_.store(true);
    static_cast<void>(round_.try_lock_until(Deadline::Clock::now() + kLongestRound));
  }

 private:
  void run() {
    for (;;) {
      std::this_thread::sleep_for(kRound);
      const std::lock_guard lock(round_);
      if (stopping_.load()) return;
      look_at_all();
    }
  }

  /// Where there is no memory the next round tries again.
  static void look_at_all() noexcept {
    try {
      for (const auto& resource : open_resources()) {
        reap(*resource);
        close_if_unused(resource);
      }
    } catch (const std::exception&) {
      return;
    }
  }

  const std::uint64_t generation_ = process_generation();
  std::mutex starting_;
  bool running_ = false;
  std::atomic<bool> stopping_{false};
  TimedMutex round_;
};

std::atomic<Reaper*> current{nullptr};

/// When the process exits, the driver's own exit handlers must not meet a round that still uses the
/// driver. Said after the driver was loaded, so it goes first.
void stop_at_exit() {
  // No static object, whose guard another thread might hold at the moment of a fork.
  static std::atomic<bool> said{false};
  if (said.exchange(true)) return;
  static_cast<void>(std::atexit([] {
    Reaper* const reaper = current.load();
    if (reaper != nullptr && reaper->is_of_this_process()) reaper->stop();
  }));
}

}  // namespace

bool start_reaper() {
  stop_at_exit();
  Reaper* known = current.load();
  while (known == nullptr || !known->is_of_this_process()) {
    auto fresh = std::make_unique<Reaper>();
    if (current.compare_exchange_strong(known, fresh.get())) known = fresh.release();
  }
  return known->keep_running();
}

}  // namespace xaodbc::xa

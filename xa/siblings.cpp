#include "xa/siblings.h"

#include <algorithm>
#include <exception>

#include "xa/journal.h"
#include "xa/marks.h"

namespace xaodbc::xa {
namespace {

bool same_transaction(const Xid& one, const Xid& other) {
  return one.format_id() == other.format_id() && std::ranges::equal(one.gtrid(), other.gtrid());
}

bool may_be_asked_next(const Branch& branch) {
  return !branch.gone && branch.state == BranchState::kWorking && !branch.rollback_only &&
         branch.associations.empty();
}

/// Those in whose log the caller's records are as well.
template <class Visit>
void for_each_sibling(const BranchCall& call, const Branch& branch, Visit&& visit) {
  for (auto& [rmid, instance] : this_thread().instances()) {
    const auto sibling = instance.ended.lock();
    if (!sibling || sibling.get() == &branch) continue;
    if (instance.resource->log != call.resource().log) continue;
    if (!same_transaction(sibling->name.xid, branch.name.xid)) continue;
    // Whoever holds it is at work on it, and may wait for our branch.
    const std::unique_lock lock(sibling->mutex, std::try_to_lock);
    if (lock.owns_lock() && may_be_asked_next(*sibling)) visit(*instance.resource, *sibling);
  }
}

/// What the log refuses here it refuses again when the vote is asked for.
void note(Resource& resource, Branch& branch) {
  if (branch.noted) return;
  Journal journal(resource, branch.name, branch.birth);
  const auto ticket = journal.preparing_ahead(*branch.identity);
  if (!ticket) return;
  branch.noted = *ticket;
  ++branch.votes_recorded;
}

/// Whoever rolls the branch back elsewhere either sees its record, or has marked it before (3.1.4).
/// What is heard of between is looked at again when the answer is read.
bool may_be_asked(Resource& resource, Branch& branch) {
  if (!branch.noted || !resource.prepares_ahead()) return false;
  notice_rollback_elsewhere(resource, branch);
  return !branch.rollback_only;
}

void ask(Resource& resource, Branch& branch) {
  if (!may_be_asked(resource, branch)) return;
  if (resource.database->dialect().prepare_ahead(*branch.lease, branch.name)) {
    branch.enter(BranchState::kAsked);
  }
}

/// It must not be cut short by a deadline that is not its own.
bool has_its_time(const Resource& resource, const BranchCall& call) {
  return !call.deadline.expired() &&
         resource.settings.verb_timeout <= call.resource().settings.verb_timeout;
}

/// Asked before it is: whatever ends this in between, the branch is perhaps prepared.
void ask_beside(Resource& resource, Branch& branch, Deadline deadline) {
  const auto& dialect = resource.database->dialect();
  if (!dialect.can_prepare_beside() || !may_be_asked(resource, branch)) return;
  branch.enter(BranchState::kAsked);
  branch.lease->open_latch();
  dialect.prepare_beside(*branch.lease, branch.name, deadline);
  branch.lease->close_latch();
}

}  // namespace

void ask_siblings(const BranchCall& call, const Branch& branch) {
  const bool notes_only = call.resource().prepares_at_end();
  for_each_sibling(call, branch, [notes_only](Resource& resource, Branch& sibling) {
    note(resource, sibling);
    if (!notes_only) ask(resource, sibling);
  });
}

void ask_siblings_beside(const BranchCall& call, const Branch& branch) noexcept {
  if (call.resource().prepares_at_end()) return;
  try {
    for_each_sibling(call, branch, [&call](Resource& resource, Branch& sibling) {
      if (has_its_time(resource, call)) ask_beside(resource, sibling, call.deadline);
    });
  } catch (const std::exception&) {
    return;  // no memory for a sibling's answer: its own vote asks again, and ours is under way
  }
}

}  // namespace xaodbc::xa

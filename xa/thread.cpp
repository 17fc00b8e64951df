#include "xa/thread.h"

#include <algorithm>
#include <utility>

#include "base/of_this_thread.h"
#include "base/process.h"

namespace xaodbc::xa {
namespace {

void drop_association(Branch& branch, const Party& party) {
  const std::lock_guard lock(branch.mutex);
  const Association* association = branch.find(party);
  if (association == nullptr || association->migratable) return;
  branch.mark_rollback_only(RollbackReason::kOther,
                            "the thread that worked on the branch ended without xa_end");
  branch.dissociate(party);
}

}  // namespace

ThreadOfControl::~ThreadOfControl() {
  for (const auto& [rmid, branches] : suspended_while_closed_) {
    for (const auto& branch : branches) drop_association(*branch, {this_thread_token(), rmid});
  }
  for (auto& [rmid, instance] : instances_) {
    instance.local.discard();
    const Party party{this_thread_token(), rmid};
    if (instance.current != nullptr) drop_association(*instance.current, party);
    for (const auto& branch : instance.suspended) drop_association(*branch, party);
    close_resource(instance.resource);
  }
}

Instance* ThreadOfControl::find(int rmid) {
  const auto found = instances_.find(rmid);
  return found == instances_.end() ? nullptr : &found->second;
}

Instance& ThreadOfControl::open(int rmid, std::shared_ptr<Resource> resource) {
  Instance& instance = instances_[rmid];
  instance.resource = std::move(resource);
  if (auto kept = suspended_while_closed_.extract(rmid)) {
    instance.suspended = std::move(kept.mapped());
  }
  return instance;
}

void ThreadOfControl::close(int rmid) {
  const auto found = instances_.find(rmid);
  if (found == instances_.end()) return;
  auto& suspended = found->second.suspended;
  if (!suspended.empty()) suspended_while_closed_[rmid] = std::move(suspended);
  found->second.local.discard();
  close_resource(found->second.resource);
  instances_.erase(found);
}

namespace {

/// Keeps a thread's state apart from the state it inherited through fork(), which belongs to the
/// parent and is never destroyed here.
struct Slot {
  std::unique_ptr<ThreadOfControl> state;
  std::uint64_t generation = 0;
  ~Slot() {
    if (generation != process_generation()) static_cast<void>(state.release());
  }
};

}  // namespace

ThreadOfControl& this_thread() {
  auto& slot = of_this_thread<Slot>();
  if (slot.state == nullptr || slot.generation != process_generation()) {
    static_cast<void>(slot.state.release());
    slot.state = std::make_unique<ThreadOfControl>();
    slot.generation = process_generation();
  }
  return *slot.state;
}

}  // namespace xaodbc::xa

#include "xa/unanswered.h"

#include <unistd.h>

#include <algorithm>

#include "xa/claim.h"
#include "xa/journal.h"

namespace xaodbc::xa {
namespace {

using log::RecordType;

/// Another process that confirms a vote writes the record of the branch again. It may have our pid:
/// containers number their processes alike.
bool is_anothers(const log::BranchHistory& history, const Branch& branch) {
  const auto own = static_cast<std::uint32_t>(getpid());
  const auto votes =
      std::ranges::count(history.records, RecordType::kPreparing, &log::Record::type);
  return static_cast<std::size_t>(votes) > branch.votes_recorded ||
         std::ranges::any_of(history.records, [own](const auto& r) { return r.pid != own; });
}

}  // namespace

Status roll_back_unanswered(Resource& resource, Branch& branch, Deadline deadline) {
  auto history = resource.log->find(resource.name(), branch.name.xid);
  if (!history) return history.error();
  Journal journal(resource, branch.name, branch.birth);
  if (!*history || !(*history)->has(RecordType::kRollingBack)) {
    if (auto noted = journal.deciding(odbc::Decision::kRollback); !noted.is_ok()) return noted;
    // In this order: whoever confirms writes first and looks for our record afterwards.
    history = resource.log->find(resource.name(), branch.name.xid);
    if (!history) return history.error();
  }
  if (*history && is_anothers(**history, branch)) return Status::ok();
  const auto settled =
      resource.database->settle(claim_of(branch), odbc::Decision::kRollback, deadline);
  if (!settled) return settled.error();
  if (settled->proof == odbc::ServerProof::kCommitted) return Status::ok();
  journal.done(log::Outcome::kRolledBack, log::Decider::kNobody);
  resource.branches.erase(branch);
  return Status::ok();
}

}  // namespace xaodbc::xa

#include "xa/housekeeping.h"

#include <algorithm>
#include <iterator>

#include "xa/journal.h"

namespace xaodbc::xa {
namespace {

using log::BranchHistory;
using log::RecordType;

/// On this server: absence from another one would prove nothing.
bool is_only_preparing(const BranchHistory& history, const std::string& server) {
  const auto* preparing = history.find(RecordType::kPreparing);
  return preparing != nullptr && preparing->server == server &&
         !history.has(RecordType::kPrepared) && !history.has(RecordType::kCommitting) &&
         !history.has(RecordType::kRollingBack) && history.heuristic() == nullptr;
}

/// Whoever finished it meanwhile wrote that down before the server heard of it (I4).
bool is_still_abandoned(const Resource& resource, const BranchHistory& then) {
  const auto now = resource.log->find(resource.name(), then.xid);
  return now && *now && (*now)->birth == then.birth && (*now)->is_live() &&
         is_only_preparing(**now, then.find(RecordType::kPreparing)->server);
}

}  // namespace

Result<std::vector<BranchHistory>> abandoned_before_prepare(Resource& resource,
                                                            const std::vector<BranchHistory>& live,
                                                            Deadline deadline) {
  const std::string server = resource.database->server();
  std::vector<BranchHistory> abandoned;
  std::ranges::copy_if(live, std::back_inserter(abandoned), [&](const auto& history) {
    return is_only_preparing(history, server) && resource.branches.find(history.xid) == nullptr;
  });
  if (abandoned.empty()) return abandoned;
  auto lease = resource.database->pool().lease_fresh(deadline);
  if (!lease) return failure(lease.error());
  const auto& dialect = resource.database->dialect();
  std::erase_if(abandoned, [&](const auto& history) {
    const auto& session = history.find(RecordType::kPreparing)->session;
    return dialect.session_alive(**lease, session, deadline).value_or(true);
  });
  return abandoned;
}

void close_abandoned(Resource& resource, const std::vector<BranchHistory>& abandoned,
                     const std::vector<odbc::ListedBranch>& listed) {
  for (const auto& history : abandoned) {
    const bool prepared =
        std::ranges::any_of(listed, [&](const auto& branch) { return branch.xid == history.xid; });
    if (prepared || !is_still_abandoned(resource, history)) continue;
    const odbc::BranchName name{history.xid, ""};
    Journal(resource, name, history.birth).done(log::Outcome::kRolledBack, log::Decider::kNobody);
  }
}

}  // namespace xaodbc::xa

#include "xa/elsewhere.h"

#include "base/failpoint.h"
#include "log/lives.h"
#include "xa/journal.h"
#include "xa/second_phase.h"

namespace xaodbc::xa {
namespace {

using log::BranchHistory;
using log::RecordType;
using odbc::Decision;

using Known = std::optional<BranchHistory>;

Result<Known> look_up(const BranchCall& call) {
  return call.resource().log->find(call.resource().name(), call.xid);
}

/// A life that is not finished; lone marks are none.
bool is_unfinished(const Known& history) {
  return history && history->is_live() && !log::is_mark_only(*history);
}

/// Rolled back by the server or by us, not by a transaction manager, which has not yet heard of it.
bool rolled_back_by_itself(const Known& history) {
  const auto* done = history ? history->find(RecordType::kDone) : nullptr;
  return done != nullptr && done->outcome == log::Outcome::kRolledBack &&
         done->decider == log::Decider::kNobody && !history->has(RecordType::kHeuristic);
}

Status unknown() {
  return {StatusCode::kUnknownBranch, "neither the server nor the branch log knows the branch"};
}

Status rolled_back_before() {
  return Status::rolled_back(RollbackReason::kUnspecified, "the branch was rolled back before");
}

/// The mark comes first and the second look afterwards: whoever prepares writes its record first
/// and looks for marks afterwards.
Status mark_rolled_back(const BranchCall& call) {
  auto& resource = call.resource();
  Journal journal(resource, resource.database->name_branch(call.xid), 0);
  if (auto marked = journal.mark_rolled_back(call.deadline); !marked.is_ok()) {
    return {StatusCode::kOutcomeUnknown, "the rollback cannot be recorded: " + marked.message()};
  }
  fail_point(FailPoint::kMarkWritten);
  const auto known = look_up(call);
  if (!known) return known.error();
  if (is_unfinished(*known)) return finish_logged(call, **known, Decision::kRollback);
  return unknown();
}

/// The server lists the branch although the log did not know it: of another host, lost, or its
/// owner wrote the record only after we had looked. It gets a record before it is decided, so that
/// it is still known after a decision whose answer is lost (I2).
Status finish_listed(const BranchCall& call, Decision decision) {
  auto known = look_up(call);
  if (known && !is_unfinished(*known)) {
    auto& resource = call.resource();
    odbc::Identity identity;
    identity.server = resource.database->server();
    const auto noted =
        Journal(resource, resource.database->name_branch(call.xid), 0).preparing(identity);
    if (!noted) return still_in_doubt(noted.error());
    known = look_up(call);
  }
  if (!known) return still_in_doubt(known.error());
  return is_unfinished(*known) ? finish_logged(call, **known, decision) : unknown();
}

Status finish_by_server(const BranchCall& call, Decision decision) {
  auto& database = *call.resource().database;
  const odbc::Claim claim{.branch = database.name_branch(call.xid)};
  const auto listed = database.is_prepared(claim, call.deadline);
  if (!listed) return still_in_doubt(listed.error());
  if (*listed) return finish_listed(call, decision);
  return decision == Decision::kRollback ? mark_rolled_back(call) : unknown();
}

Status finished_meanwhile() {
  return {StatusCode::kOutcomeUnknown,
          "the branch was prepared and is finished; xa_rollback tells how it ended"};
}

Status confirm_read_only(const BranchCall& call, const BranchHistory& history) {
  Journal(call.resource(), {call.xid, ""}, history.birth).done(log::Outcome::kNone);
  return {StatusCode::kReadOnly, "the branch had written nothing and is ended"};
}

/// Listed, but not promised: it gets its record now (I1), and one that says so, for whoever finds
/// it gone later. Afterwards its own process, which had no answer to PREPARE, no longer rolls it
/// back unless it has begun to.
Status adopt(const BranchCall& call, const odbc::BranchName& name, const Known& history) {
  auto& resource = call.resource();
  Journal journal(resource, name, history ? history->birth : 0);
  const auto* known = history ? history->find(RecordType::kPreparing) : nullptr;
  odbc::Identity identity;
  identity.server = known != nullptr ? known->server : resource.database->server();
  if (known != nullptr) identity.session = known->session;
  const auto preparing = journal.preparing(identity);
  if (!preparing) return preparing.error();
  const auto again = look_up(call);
  if (!again) return again.error();
  if (*again && (*again)->has(RecordType::kRollingBack)) {
    return {StatusCode::kOutcomeUnknown, "its own process rolls the branch back"};
  }
  if (*again && ((*again)->heuristic() != nullptr || (*again)->has(RecordType::kDone))) {
    return finished_meanwhile();
  }
  if (auto durable = resource.log->wait(*preparing, call.deadline); !durable.is_ok()) {
    return durable;
  }
  const auto promised = journal.prepared("");
  if (promised) return Status::ok();
  return {StatusCode::kOutcomeUnknown, promised.error().message()};
}

/// The server has not got it and will not get it. What the log knows is read again: whoever
/// finished a branch in between wrote that down before the server heard of it (I4). Of a branch
/// that was prepared absence proves nothing (I3), the server's word does.
Status judge_absent(const BranchCall& call, odbc::Claim claim) {
  const auto known = look_up(call);
  if (!known) return {StatusCode::kOutcomeUnknown, known.error().message()};
  if (rolled_back_by_itself(*known)) return rolled_back_before();
  if (!is_unfinished(*known)) return unknown();
  const BranchHistory& history = **known;
  if (history.has(RecordType::kReadOnly)) return confirm_read_only(call, history);
  const bool prepared = history.has(RecordType::kPrepared);
  claim.transaction_id = history.transaction_id();
  const bool decided = history.heuristic() != nullptr || history.has(RecordType::kCommitting);
  if (decided || (prepared && !call.resource().database->proves_rolled_back(claim, call.deadline)))
    return finished_meanwhile();
  Journal(call.resource(), claim.branch, history.birth)
      .done(log::Outcome::kRolledBack, log::Decider::kNobody);
  return rolled_back_before();
}

Status confirm_prepared(const BranchCall& call, const Known& history) {
  auto& resource = call.resource();
  const odbc::BranchName name = resource.database->name_branch(call.xid);
  const auto* preparing = history ? history->find(RecordType::kPreparing) : nullptr;
  odbc::Claim claim{.branch = name};
  if (preparing != nullptr) {
    claim.session = preparing->session;
    claim.server = preparing->server;
    claim.answered = history->has(RecordType::kPrepared);
  }
  auto listed = resource.database->is_listed(name, call.deadline);
  if (!listed.value_or(false)) {
    listed = resource.database->is_prepared(claim, call.deadline);
  }
  if (!listed) return {StatusCode::kOutcomeUnknown, listed.error().message()};
  if (*listed) {
    const bool promised = history && history->has(RecordType::kPrepared);
    return promised ? Status::ok() : adopt(call, name, history);
  }
  return history ? judge_absent(call, claim) : unknown();
}

}  // namespace

Status finish_elsewhere(const BranchCall& call, Decision decision) {
  const auto known = look_up(call);
  if (!known) return still_in_doubt(known.error());
  if (is_unfinished(*known)) return finish_logged(call, **known, decision);
  if (decision == Decision::kRollback && rolled_back_by_itself(*known)) {
    Journal(call.resource(), {call.xid, ""}, (*known)->birth).done(log::Outcome::kRolledBack);
    return Status::ok();
  }
  return finish_by_server(call, decision);
}

Status confirm_elsewhere(const BranchCall& call) {
  auto known = look_up(call);
  if (!known) return known.error();
  if (rolled_back_by_itself(*known)) return rolled_back_before();
  if (!is_unfinished(*known)) return confirm_prepared(call, std::nullopt);
  const BranchHistory& history = **known;
  if (history.has(RecordType::kReadOnly)) return confirm_read_only(call, history);
  const bool decided = history.has(RecordType::kCommitting) ||
                       history.has(RecordType::kRollingBack) || history.heuristic() != nullptr;
  if (decided) {
    return {StatusCode::kProtocol, "the second phase of the branch has begun or is over"};
  }
  return confirm_prepared(call, *known);
}

Status refuse_elsewhere(const BranchCall& call) {
  const auto known = look_up(call);
  if (!known) return known.error();
  if (!is_unfinished(*known)) return {StatusCode::kUnknownBranch, "no such branch"};
  const std::string_view hint =
      call.resource().prepares_at_end()
          ? "; prepare = at_end ends a branch for good at xa_end(TMSUCCESS), so that it cannot be "
            "joined afterwards: configure the transaction manager not to join"
          : "";
  return {StatusCode::kProtocol,
          "not allowed now: the branch is prepared or ended" + std::string(hint)};
}

}  // namespace xaodbc::xa

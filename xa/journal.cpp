#include "xa/journal.h"

#include "base/of_this_thread.h"

namespace xaodbc::xa {

using log::RecordType;

/// One for each thread: its texts keep their room, so that a record allocates nothing.
log::Record& Journal::record(RecordType type) const {
  auto& record = of_this_thread<log::Record>();
  for (auto* text : {&record.gid, &record.server, &record.session, &record.transaction_id,
                     &record.operator_name, &record.reason}) {
    text->clear();
  }
  record.type = type;
  record.xid = branch_.xid;
  record.resource = resource_.name();
  record.birth = birth_;
  record.outcome = log::Outcome::kNone;
  record.decider = log::Decider::kTransactionManager;
  return record;
}

Status Journal::append_durably(log::Record& record, Deadline deadline) {
  const auto ticket = resource_.log->append_and_sync(record);
  return ticket ? resource_.log->wait(*ticket, deadline) : ticket.error();
}

log::Record& Journal::preparing_record(const odbc::Identity& identity) {
  if (birth_ == 0) birth_ = resource_.log->new_birth();
  auto& preparing = record(RecordType::kPreparing);
  preparing.gid = branch_.gid;
  preparing.server = identity.server;
  preparing.session = identity.session;
  return preparing;
}

Result<log::Ticket> Journal::preparing(const odbc::Identity& identity) {
  return resource_.log->append_and_sync(preparing_record(identity));
}

Result<log::Ticket> Journal::preparing_ahead(const odbc::Identity& identity) {
  return resource_.log->append(preparing_record(identity));
}

Status Journal::withdrawn(Deadline deadline) {
  return append_durably(record(RecordType::kDone), deadline);
}

Result<log::Ticket> Journal::prepared(const std::string& transaction_id) {
  auto& prepared = record(RecordType::kPrepared);
  prepared.transaction_id = transaction_id;
  return resource_.log->append(prepared);
}

Status Journal::read_only() {
  const auto ticket = resource_.log->append(record(RecordType::kReadOnly));
  return ticket ? Status::ok() : ticket.error();
}

Status Journal::mark_rolled_back(Deadline deadline) {
  birth_ = resource_.log->new_birth();
  return append_durably(record(RecordType::kRolledBack), deadline);
}

Status Journal::deciding(odbc::Decision decision) {
  const bool commit = decision == odbc::Decision::kCommit;
  const auto type = commit ? RecordType::kCommitting : RecordType::kRollingBack;
  const auto ticket = resource_.log->append(record(type));
  return ticket ? Status::ok() : ticket.error();
}

void Journal::done(log::Outcome outcome, log::Decider decider) {
  auto& done = record(RecordType::kDone);
  done.outcome = outcome;
  done.decider = decider;
  static_cast<void>(resource_.log->append(done));
}

Status Journal::heuristic(log::Outcome outcome, const std::string& who, const std::string& why,
                          Deadline deadline) {
  if (birth_ == 0) birth_ = resource_.log->new_birth();
  auto& heuristic = record(RecordType::kHeuristic);
  heuristic.gid = branch_.gid;
  heuristic.server = resource_.database->server();
  heuristic.outcome = outcome;
  heuristic.operator_name = who;
  heuristic.reason = why;
  if (auto noted = append_durably(heuristic, deadline); !noted.is_ok()) return noted;
  done(outcome, log::Decider::kNobody);
  return Status::ok();
}

Status Journal::forgotten(Deadline deadline) {
  return append_durably(record(RecordType::kForgotten), deadline);
}

}  // namespace xaodbc::xa

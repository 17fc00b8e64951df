#pragma once

#include <initializer_list>
#include <string>

#include "recovery/facts.h"

namespace xaodbc::recovery {

constexpr std::int64_t kNoon = 1'714'564'800'000'000;  ///< 2024-05-01T12:00:00Z

inline Xid make_xid(const std::string& gtrid, const std::string& bqual = "b") {
  return *Xid::create(1, gtrid, bqual);
}

inline log::Record make_record(log::RecordType type, log::Outcome outcome = log::Outcome::kNone,
                               log::Decider decider = log::Decider::kTransactionManager) {
  log::Record record;
  record.type = type;
  record.xid = make_xid("g");
  record.resource = "bank";
  record.birth = 7;
  record.pid = 42;
  record.outcome = outcome;
  record.decider = decider;
  if (type == log::RecordType::kPreparing) {
    record.gid = "xa1.gid";
    record.server = "server-1";
    record.session = "session-1";
  }
  if (type == log::RecordType::kPrepared) record.transaction_id = "815";
  if (type == log::RecordType::kHeuristic) {
    record.operator_name = "ann";
    record.reason = "ticket 1";
  }
  return record;
}

/// The records in the order given, one second apart.
inline log::BranchHistory make_history(std::initializer_list<log::Record> records) {
  log::BranchHistory history;
  history.xid = make_xid("g");
  history.resource = "bank";
  history.birth = 7;
  std::int64_t time_us = kNoon;
  for (log::Record record : records) {
    record.time_us = time_us;
    time_us += 1'000'000;
    history.records.push_back(std::move(record));
  }
  return history;
}

/// Server and log were asked, and know nothing.
inline BranchFacts make_facts() {
  BranchFacts facts;
  facts.resource = "bank";
  facts.xid = make_xid("g");
  facts.server_asked = true;
  facts.log_read = true;
  facts.server = "server-1";
  return facts;
}

inline odbc::ListedBranch make_listed(bool surely_ours = true) {
  odbc::ListedBranch listed;
  listed.xid = make_xid("g");
  listed.gid = "xa1.gid";
  listed.prepared_at = "2024-05-01 12:00:00+00";
  listed.owner = "app";
  listed.surely_ours = surely_ours;
  return listed;
}

}  // namespace xaodbc::recovery

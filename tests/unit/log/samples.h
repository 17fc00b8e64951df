#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/history.h"
#include "log/record.h"

/// Records as tests of this layer like them.
namespace xaodbc::log {

inline Xid xid_of(int number) {
  return *Xid::create(4711, "gtrid-" + std::to_string(number), "bqual");
}

/// A record of branch `number` with the texts that its type usually has.
inline Record sample(RecordType type, int number, std::uint64_t birth = 1) {
  Record record;
  record.type = type;
  record.xid = xid_of(number);
  record.resource = "accounts";
  record.birth = birth;
  if (type == RecordType::kPreparing || type == RecordType::kHeuristic) {
    record.gid = "xa1.3mv.Z3RyaWQ.YnF1YWw.5fWxQ0k";
    record.server = "pg:7301234567890123456/app";
  }
  if (type == RecordType::kPreparing) record.session = "9001@1767225599";
  if (type == RecordType::kPrepared) record.transaction_id = "778899";
  if (type == RecordType::kDone || type == RecordType::kHeuristic) {
    record.outcome = Outcome::kCommitted;
  }
  if (type == RecordType::kHeuristic || type == RecordType::kForgotten) {
    record.operator_name = "carol";
  }
  if (type == RecordType::kHeuristic) record.reason = "the TM's disk is gone";
  return record;
}

/// The same at a given moment, for what is computed without a log.
inline Record at(std::int64_t time_us, Record record) {
  record.time_us = time_us;
  return record;
}

constexpr RecordType kAllTypes[] = {
    RecordType::kPreparing, RecordType::kRolledBack, RecordType::kReadOnly,
    RecordType::kPrepared,  RecordType::kCommitting, RecordType::kRollingBack,
    RecordType::kDone,      RecordType::kHeuristic,  RecordType::kForgotten};

}  // namespace xaodbc::log

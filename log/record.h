#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "branch/xid.h"

namespace xaodbc::log {

/// What happened to a branch. The numbers are the on-disk format: never reuse one (FORMAT.md).
enum class RecordType : std::uint8_t {
  kPreparing = 1,    ///< the branch may be prepared on that server; synced
  kRolledBack = 2,   ///< mark for other processes: must not be prepared any more; synced
  kReadOnly = 3,     ///< mark for other processes: ended, wrote nothing
  kPrepared = 4,     ///< PREPARE was answered; carries the server's transaction id
  kCommitting = 5,   ///< written before the second phase is sent
  kRollingBack = 6,  ///< likewise
  kDone = 7,         ///< finished, with the outcome; the branch may be forgotten
  kHeuristic = 8,    ///< an operator's decision; synced before it acts (I4)
  kForgotten = 9,    ///< the heuristic record is dropped; synced
};

enum class Outcome : std::uint8_t { kNone, kCommitted, kRolledBack, kMixed, kHazard };

/// Who decided what kDone reports.
enum class Decider : std::uint8_t { kTransactionManager, kOperator, kNobody };

/// What decides whether a branch is finished: read from the front of a record, without the rest.
struct RecordHead {
  RecordType type = RecordType::kPreparing;
  Decider decider = Decider::kTransactionManager;
  std::uint64_t birth = 0;
  std::int64_t time_us = 0;
};

/// One entry of the log. Fields that a type does not use stay empty.
struct Record {
  RecordType type = RecordType::kPreparing;
  Xid xid;
  std::string resource;
  /// Ties together the records of one life of the branch: the same XID may be used again after it
  /// was finished. Made by BranchLog::new_birth() when the branch begins, not later: a rolled-back
  /// mark by a process that does not know the birth (3.1.4) carries a new one and is taken to mean
  /// the life that had begun before it and was not finished. Repeated in all later records.
  std::uint64_t birth = 0;
  std::int64_t time_us = 0;    ///< wall clock
  std::uint32_t pid = 0;       ///< of the process that wrote the record
  std::string gid;             ///< kPreparing, kHeuristic: the branch's name on the server
  std::string server;          ///< kPreparing, kHeuristic: identity of the server
  std::string session;         ///< kPreparing: identity of the session that prepares (3.1.2)
  std::string transaction_id;  ///< kPrepared: the server's own id of the transaction, may be empty
  Outcome outcome = Outcome::kNone;                ///< kDone, kHeuristic
  Decider decider = Decider::kTransactionManager;  ///< kDone
  std::string operator_name;                       ///< kHeuristic, kForgotten
  std::string reason;                              ///< kHeuristic

  friend bool operator==(const Record&, const Record&) = default;
};

/// The longest text a record may carry.
constexpr std::size_t kMaxTextSize = 4096;

/// kInvalidArgument when the record is too large for the log: name and size of what to shorten.
Status check_size(const Record& record);

/// The payload of a record that passes check_size, without frame. Deterministic: equal records give
/// equal bytes.
std::string encode_record(const Record& record);
void append_record(std::string& out, const Record& record);
/// Its size.
std::size_t encoded_size(const Record& record);
/// Its size for a record of that branch without texts of its own.
std::size_t bare_size(const Record& record);
/// From a payload that encode_record made.
RecordHead head_of(std::string_view payload);
/// kLogDamaged when the bytes are not what encode_record makes for some record. No length in them
/// is believed before it is checked.
Result<Record> decode_record(std::string_view payload);

std::string_view to_string(RecordType type);
std::string_view to_string(Outcome outcome);

}  // namespace xaodbc::log

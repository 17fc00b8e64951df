#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "log/history.h"
#include "log/record.h"

/// How records of one branch, found in any segments in any order, become its history.
namespace xaodbc::log {

/// Which branch a record is about. Two branches may share a key; compare before believing it.
std::uint64_t branch_key(std::string_view resource, const Xid& xid);

/// Every life that `records` tell of, by branch and birth, each in order of time and without
/// duplicates. The result depends on the set of records only. A mark without a life of its own goes
/// to the life that was open when it was written (Record::birth).
std::vector<BranchHistory> merge_lives(std::vector<Record> records);

/// Marks for other processes, which say something about a branch without being its history.
constexpr bool is_mark(RecordType type) {
  return type == RecordType::kRolledBack || type == RecordType::kReadOnly;
}
/// Records that may be the last of a life.
constexpr bool may_finish(RecordType type) {
  return type == RecordType::kDone || type == RecordType::kForgotten;
}
/// True when nothing but marks is known.
bool is_mark_only(const BranchHistory& life);
/// True for what is remembered for others for a while and needs no end of its own: lone marks, and
/// branches that ended because they had written nothing (3.1.5).
bool fades(const BranchHistory& life);

/// True when the records of that birth alone make a life that is done and has no pending heuristic
/// decision.
bool is_finished(std::span<const RecordHead> records, std::uint64_t birth);

/// How long a mark is kept for the process that it is meant for: nobody can know which that is.
constexpr std::int64_t kMarkLifetimeUs = std::int64_t{3600} * 1000000;

/// True while the life must survive rotation: live, and not faded.
bool must_keep(const BranchHistory& life, std::int64_t now_us);

}  // namespace xaodbc::log

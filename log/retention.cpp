#include "log/retention.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "log/lives.h"

namespace xaodbc::log {
namespace {

Status collect(const Indexes& indexes, std::uint64_t key, std::vector<Record>& out) {
  for (const auto* index : indexes) {
    if (auto status = index->collect(key, out); !status.is_ok()) return status;
  }
  return {};
}

/// Lives that one segment, read alone, tells of as unfinished. A lone mark is none: it fades.
Status collect_pending(const Indexes& indexes, std::uint64_t key, std::vector<BranchHistory>& out) {
  for (const auto* index : indexes) {
    if (!index->pending().contains(key)) continue;
    std::vector<Record> records;
    if (auto status = index->collect(key, records); !status.is_ok()) return status;
    for (auto& life : merge_lives(std::move(records))) {
      if (life.is_live() && !fades(life)) out.push_back(std::move(life));
    }
  }
  return {};
}

bool same_life(const BranchHistory& a, const BranchHistory& b) {
  return a.birth == b.birth && a.resource == b.resource && a.xid == b.xid;
}

void keep_ends(const BranchHistory& life, CarryOver& kept) {
  for (const auto& record : life.records) {
    if (record.type == RecordType::kDone || record.type == RecordType::kHeuristic ||
        record.type == RecordType::kForgotten) {
      kept.ends.push_back(record);
    }
  }
}

bool any_contains(const Indexes& indexes, std::uint64_t key) {
  return std::any_of(indexes.begin(), indexes.end(),
                     [key](const SegmentIndex* index) { return index->contains(key); });
}

}  // namespace

Result<CarryOver> select_carry_over(const Indexes& leaving, const Indexes& staying,
                                    std::int64_t now_us) {
  std::unordered_set<std::uint64_t> keys;
  for (const auto* index : leaving) keys.insert(index->pending().begin(), index->pending().end());
  for (const auto* index : staying) {
    for (const auto key : index->pending()) {
      if (any_contains(leaving, key)) keys.insert(key);
    }
  }
  CarryOver kept;
  for (const auto key : keys) {
    std::vector<Record> records;
    auto status = collect(leaving, key, records);
    if (status.is_ok()) status = collect(staying, key, records);
    std::vector<BranchHistory> pending;
    if (status.is_ok()) status = collect_pending(staying, key, pending);
    if (!status.is_ok()) return failure(std::move(status));
    for (auto& life : merge_lives(std::move(records))) {
      if (must_keep(life, now_us)) {
        kept.live.push_back(std::move(life));
      } else if (std::any_of(pending.begin(), pending.end(), [&life](const BranchHistory& other) {
                   return same_life(life, other);
                 })) {
        keep_ends(life, kept);
      }
    }
  }
  return kept;
}

Result<CarryOver> carry_over_everything(const Indexes& leaving, std::int64_t now_us) {
  std::unordered_set<std::uint64_t> keys;
  for (const auto* index : leaving) {
    for (const auto key : index->keys()) keys.insert(key);
  }
  CarryOver kept;
  for (const auto key : keys) {
    std::vector<Record> records;
    if (auto status = collect(leaving, key, records); !status.is_ok()) return failure(status);
    for (auto& life : merge_lives(std::move(records))) {
      if (must_keep(life, now_us)) {
        kept.live.push_back(std::move(life));
      } else {
        keep_ends(life, kept);
      }
    }
  }
  return kept;
}

}  // namespace xaodbc::log

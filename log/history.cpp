#include "log/history.h"

#include <algorithm>

#include "log/lives.h"

namespace xaodbc::log {
namespace {

/// What decides whether a life still needs the log, picked from records (or their heads) in any
/// order.
template <class Entry>
struct Verdict {
  bool done = false;
  bool done_by_tm = false;
  const Entry* heuristic = nullptr;
  const Entry* forgotten = nullptr;

  void add(const Entry& record) {
    const auto newest = [&record](const Entry*& known) {
      if (known == nullptr || known->time_us <= record.time_us) known = &record;
    };
    if (record.type == RecordType::kHeuristic) newest(heuristic);
    if (record.type == RecordType::kForgotten) newest(forgotten);
    if (record.type != RecordType::kDone) return;
    done = true;
    done_by_tm = done_by_tm || record.decider == Decider::kTransactionManager;
  }

  /// A decision after the last forget counts again: losing one is worse than a second forget (I4).
  [[nodiscard]] const Entry* pending() const {
    if (heuristic == nullptr || done_by_tm) return nullptr;
    return forgotten != nullptr && forgotten->time_us >= heuristic->time_us ? nullptr : heuristic;
  }
};

}  // namespace

const Record* BranchHistory::find(RecordType type) const {
  const auto found = std::find_if(records.rbegin(), records.rend(),
                                  [type](const Record& record) { return record.type == type; });
  return found == records.rend() ? nullptr : &*found;
}

std::string BranchHistory::transaction_id() const {
  const auto found = std::find_if(records.rbegin(), records.rend(), [](const Record& record) {
    return record.type == RecordType::kPrepared && !record.transaction_id.empty();
  });
  return found == records.rend() ? std::string() : found->transaction_id;
}

const Record* BranchHistory::heuristic() const {
  Verdict<Record> verdict;
  for (const auto& record : records) verdict.add(record);
  return verdict.pending();
}

bool BranchHistory::is_live() const { return !has(RecordType::kDone) || heuristic() != nullptr; }

bool is_finished(std::span<const RecordHead> records, std::uint64_t birth) {
  Verdict<RecordHead> verdict;
  for (const auto& record : records) {
    if (record.birth == birth) verdict.add(record);
  }
  return verdict.done && verdict.pending() == nullptr;
}

}  // namespace xaodbc::log

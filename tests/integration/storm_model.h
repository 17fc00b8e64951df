#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/tm_kit.h"

namespace xaodbc {

/// What a transaction manager has decided for a branch; it never decides twice.
enum class StormDecision { kNone, kCommit, kRollback };

/// A resource of the storm and what its answers may be.
struct StormBank {
  std::string resource;
  ServerKind kind = ServerKind::kPostgresql;
  Keys keys{};
  bool times_out = false;
  bool at_end = false;
  bool may_be_full = false;
  int rmid = 0;

  [[nodiscard]] PrivateServer& server() const { return support::shared_server(kind); }
  [[nodiscard]] bool on_mariadb() const { return kind == ServerKind::kMariadb; }
};

/// What is known of one branch from the answers that threads got. Facts that a thread is about to
/// make true are noted before the call, so that nobody is surprised by their consequences.
struct StormBranch {
  explicit StormBranch(const StormBank& where) : bank(where), may_fail(where.times_out) {}

  /// The one decision is this one, or becomes it.
  bool decide(StormDecision wanted) {
    auto known = StormDecision::kNone;
    return decision.compare_exchange_strong(known, wanted) || known == wanted;
  }

  const StormBank& bank;
  const XID xid = new_xid();
  std::atomic<bool> may_fail;          ///< something may make, or has made, it rollback-only
  std::atomic<bool> must_fail{false};  ///< it is rollback-only
  std::atomic<int> endings{0};         ///< calls that may finish it
  std::atomic<bool> prepared{false};
  std::atomic<bool> committed{false};
  std::atomic<bool> rolled_back{false};
  std::atomic<StormDecision> decision{StormDecision::kNone};
  std::mutex completion;  ///< a transaction manager completes a branch with one thread at a time

  void add_row(const std::string& row) {
    const std::lock_guard lock(mutex_);
    rows_.push_back(row);
  }
  [[nodiscard]] std::vector<std::string> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> rows_;
};
using StormBranchPtr = std::shared_ptr<StormBranch>;

/// The branches of one bank, for all threads.
class StormBoard {
 public:
  void add(const StormBranchPtr& branch) {
    const std::lock_guard lock(mutex_);
    all_.push_back(branch);
    live_.push_back(branch);
  }
  /// Somebody was told how it ended.
  void finish(const StormBranchPtr& branch) {
    const std::lock_guard lock(mutex_);
    if (std::erase(live_, branch) > 0) finished_.push_back(branch);
  }
  StormBranchPtr any(std::mt19937& random) const {
    const std::lock_guard lock(mutex_);
    if (live_.empty()) return nullptr;
    return live_[std::uniform_int_distribution<std::size_t>(0, live_.size() - 1)(random)];
  }
  [[nodiscard]] std::vector<StormBranchPtr> live() const { return copy_of(live_); }
  [[nodiscard]] std::vector<StormBranchPtr> all() const { return copy_of(all_); }
  /// The last of those that are finished.
  [[nodiscard]] std::vector<StormBranchPtr> finished_lately() const {
    constexpr std::ptrdiff_t kMany = 50;
    const std::lock_guard lock(mutex_);
    const auto size = static_cast<std::ptrdiff_t>(finished_.size());
    return {finished_.end() - std::min(kMany, size), finished_.end()};
  }

 private:
  std::vector<StormBranchPtr> copy_of(const std::vector<StormBranchPtr>& list) const {
    const std::lock_guard lock(mutex_);
    return list;
  }
  mutable std::mutex mutex_;
  std::vector<StormBranchPtr> all_;
  std::vector<StormBranchPtr> live_;
  std::vector<StormBranchPtr> finished_;
};

struct StormFigures {
  std::atomic<long> steps{0};
  std::atomic<long> threads{0};
  std::atomic<long> deserted{0};  ///< associations whose thread ended
  std::atomic<long> joined{0};
  std::atomic<long> resumed_elsewhere{0};
  std::atomic<long> scans{0};
};

/// Every XA_RB code as one, for comparing answers with what is allowed.
inline int folded(int code) { return support::is_rolled_back(code) ? XA_RBBASE : code; }

}  // namespace xaodbc

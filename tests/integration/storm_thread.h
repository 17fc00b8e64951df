#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/storm_model.h"

namespace xaodbc {

/// One thread's dealings with one bank: what a transaction manager would do there, in any order.
/// Every answer is held against what the model allows.
class StormParty {
 public:
  StormParty(const StormBank& bank, StormBoard& board, StormFigures& figures, std::mt19937& random)
      : bank_(bank),
        board_(board),
        figures_(figures),
        random_(random),
        tm_(bank.resource, bank.rmid) {}

  void open() { EXPECT_EQ(tm_.open(), XA_OK) << bank_.resource; }

  void step() { current_ != nullptr ? work() : look_for_work(); }

  /// As an orderly thread does.
  void leave() {
    if (current_ != nullptr) end(current_, TMSUCCESS);
    while (!suspended_.empty()) end(suspended_.begin()->first, TMSUCCESS);
    EXPECT_EQ(tm_.close(), XA_OK);
  }
  /// The thread is about to end as it is.
  void desert() {
    if (current_ != nullptr) current_->may_fail = true;
    for (const auto& [branch, migratable] : suspended_) {
      if (!migratable) branch->may_fail = true;
    }
  }
  void deserted() {
    const auto mark = [this](StormBranch& branch) {
      branch.must_fail = true;
      ++figures_.deserted;
    };
    if (current_ != nullptr) mark(*current_);
    for (const auto& [branch, migratable] : suspended_) {
      if (!migratable) mark(*branch);
    }
  }

  /// Takes a branch to its end when all other threads are gone.
  void finish(const StormBranchPtr& branch) {
    for (int i = 0; i < 50; ++i) {
      complete(branch);
      if (branch->committed || branch->rolled_back) return;
      // Associations that were given up with TMMIGRATE and that nobody took.
      start(branch, TMRESUME);
      if (current_ != nullptr) end(branch, TMSUCCESS);
    }
    ADD_FAILURE() << "cannot be finished: " << support::text_of(branch->xid);
  }

 private:
  using Allowed = std::set<int>;

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  /// XA_RB codes need a reason, XAER_NOTA another call that may have finished the branch.
  void expect(const char* verb, const support::XaAnswer& answer, const StormBranch& branch,
              Allowed allowed, int own_endings = 0) const {
    if (branch.endings > own_endings) allowed.insert(XAER_NOTA);
    if (branch.may_fail) allowed.insert(XA_RBBASE);
    EXPECT_TRUE(allowed.contains(folded(answer.code)))
        << verb << " of " << bank_.resource << ", " << support::text_of(branch.xid) << ": "
        << testing::PrintToString(answer);
  }

  void work() {
    switch (pick(20)) {
      case 0:
        return break_statement();
      case 1:
        EXPECT_EQ(tm_.start(new_xid()), XAER_PROTO);
        EXPECT_EQ(tm_.close(), XAER_PROTO);
        return;
      case 2:
        return scan();
      case 3:
        return complete_any();
      case 4:
        return end(current_, TMFAIL);
      case 5:
      case 6:
        return end(current_, TMSUSPEND);
      case 7:
      case 8:
        return end(current_, TMSUSPEND | TMMIGRATE);
      case 9:
      case 10:
      case 11:
      case 12:
        return end(current_, TMSUCCESS);
      default:
        return insert();
    }
  }

  void look_for_work() {
    constexpr std::size_t kLive = 12;
    const int what = pick(20);
    if (what == 0) return scan();
    if (what == 1) return reopen();
    if (what <= 5 && !suspended_.empty()) return go_on_with_suspended();
    const auto branch = board_.any(random_);
    if (branch == nullptr || (what <= 9 && board_.live().size() < kLive)) return start_new();
    if (what <= 12) return start(branch, TMJOIN);
    if (what == 13) return start(branch, TMRESUME);
    complete(branch);
  }

  void insert() {
    const std::string row = new_row();
    current_->add_row(row);
    try {
      tm_.execute("INSERT INTO ledger VALUES (" + row + ", 1)");
    } catch (const SqlError& error) {
      EXPECT_TRUE(current_->may_fail) << bank_.resource << ": " << error.what();
      current_->must_fail = true;
    }
  }

  /// Whatever fails on PostgreSQL makes the branch rollback-only; MariaDB undoes the statement.
  void break_statement() {
    if (!bank_.on_mariadb()) current_->may_fail = true;
    try {
      tm_.execute("SELECT nothing FROM nowhere");
      ADD_FAILURE() << "a wrong statement succeeded";
    } catch (const SqlError&) {
      if (!bank_.on_mariadb()) current_->must_fail = true;
    }
  }

  void start_new() {
    auto branch = std::make_shared<StormBranch>(bank_);
    const auto answer = tm_.start(branch->xid, bank_.may_be_full ? TMNOWAIT : TMNOFLAGS);
    if (bank_.may_be_full && answer == XA_RETRY) return;
    EXPECT_EQ(answer, XA_OK) << bank_.resource;
    if (!(answer == XA_OK)) return;
    current_ = branch;
    board_.add(branch);
  }

  void start(const StormBranchPtr& branch, long flags) {
    const bool own = suspended_.contains(branch);
    const auto answer = tm_.start(branch->xid, flags);
    expect(flags == TMJOIN ? "join" : "resume", answer, *branch, {XA_OK, XAER_PROTO});
    if (flags == TMRESUME) suspended_.erase(branch);
    if (!(answer == XA_OK)) return;
    suspended_.erase(branch);
    current_ = branch;
    if (flags == TMJOIN) ++figures_.joined;
    if (flags == TMRESUME && !own) ++figures_.resumed_elsewhere;
  }

  void go_on_with_suspended() {
    const auto at = std::next(suspended_.begin(), pick(static_cast<int>(suspended_.size())));
    const auto [branch, migratable] = *at;
    if (pick(3) == 0) return end(branch, pick(4) == 0 ? TMFAIL : TMSUCCESS);
    start(branch, TMRESUME);
    if (!migratable && current_ == nullptr) {
      EXPECT_TRUE(branch->may_fail) << "not resumed";
    }
  }

  void end(StormBranchPtr branch, long flags) {
    const auto found = suspended_.find(branch);
    const bool may_be_taken = found != suspended_.end() && found->second;
    if ((flags & TMFAIL) != 0) branch->may_fail = true;
    if (bank_.at_end) ++branch->endings;
    const auto answer = tm_.end(branch->xid, flags);
    Allowed allowed = {(flags & TMFAIL) != 0 ? XA_RBBASE : XA_OK};
    if (may_be_taken) allowed.insert(XAER_PROTO);
    expect("end", answer, *branch, allowed, bank_.at_end ? 1 : 0);
    const bool failed = folded(answer.code) == XA_RBBASE;
    if (failed) branch->must_fail = true;
    if (branch == current_) current_ = nullptr;
    suspended_.erase(branch);
    if ((flags & TMSUSPEND) != 0 && !failed) suspended_[branch] = (flags & TMMIGRATE) != 0;
  }

  void reopen() {
    EXPECT_EQ(tm_.close(), XA_OK);
    EXPECT_EQ(tm_.start(new_xid()), XAER_PROTO);
    EXPECT_EQ(tm_.open(), XA_OK);
  }

  void complete_any() {
    if (const auto branch = board_.any(random_)) complete(branch);
  }

  void complete(const StormBranchPtr& branch) {
    std::unique_lock lock(branch->completion, std::try_to_lock);
    if (!lock.owns_lock() && (bank_.at_end || pick(4) != 0)) return;
    if (branch->decision == StormDecision::kRollback || (!branch->prepared && pick(6) == 0)) {
      return roll_back(branch);
    }
    if (branch->prepared) return pick(4) == 0 ? roll_back(branch) : commit(branch);
    if (!bank_.at_end && pick(3) == 0) return commit_one_phase(branch);
    prepare(branch);
  }

  void ended(const StormBranchPtr& branch, bool committed) {
    (committed ? branch->committed : branch->rolled_back) = true;
    board_.finish(branch);
  }

  void prepare(const StormBranchPtr& branch) {
    const bool must_fail = branch->must_fail;
    ++branch->endings;
    const auto answer = tm_.prepare(branch->xid);
    Allowed allowed = {XA_OK, XAER_PROTO};
    if (!bank_.on_mariadb()) allowed.insert(XA_RDONLY);
    expect("prepare", answer, *branch, allowed, 1);
    if (answer == XA_OK) {
      EXPECT_FALSE(must_fail) << "prepared, but must not be: " << support::text_of(branch->xid);
      branch->prepared = true;
    }
    if (answer == XA_RDONLY) {
      EXPECT_TRUE(branch->rows().empty()) << "read-only with rows";
      ended(branch, true);
    }
    if (folded(answer.code) == XA_RBBASE) ended(branch, false);
  }

  void commit(const StormBranchPtr& branch) {
    if (!branch->decide(StormDecision::kCommit)) return;
    ++branch->endings;
    const auto answer = tm_.commit(branch->xid);
    EXPECT_TRUE(answer == XA_OK || (answer == XAER_NOTA && branch->endings > 2))
        << bank_.resource << ": commit: " << testing::PrintToString(answer);
    if (answer == XA_OK) ended(branch, true);
  }

  void commit_one_phase(const StormBranchPtr& branch) {
    if (!branch->decide(StormDecision::kCommit)) return;
    const bool must_fail = branch->must_fail;
    ++branch->endings;
    const auto answer = tm_.commit_one_phase(branch->xid);
    expect("one-phase commit", answer, *branch, {XA_OK, XAER_PROTO}, 1);
    if (answer == XA_OK) {
      EXPECT_FALSE(must_fail) << "committed, but must not be: " << support::text_of(branch->xid);
      ended(branch, true);
    }
    if (folded(answer.code) == XA_RBBASE) ended(branch, false);
  }

  void roll_back(const StormBranchPtr& branch) {
    if (!branch->decide(StormDecision::kRollback)) return;
    ++branch->endings;
    const auto answer = tm_.rollback(branch->xid);
    expect("rollback", answer, *branch, {XA_OK, XAER_PROTO}, 1);
    if (answer == XA_OK) ended(branch, false);
  }

  static bool is_in_doubt(const StormBranch& branch) {
    return branch.prepared && branch.decision == StormDecision::kNone;
  }

  /// I5: what is prepared before and after is listed, what is finished before is not.
  void scan() {
    ++figures_.scans;
    auto expected = board_.live();
    std::erase_if(expected, [](const auto& branch) { return !is_in_doubt(*branch); });
    const auto finished = board_.finished_lately();
    const Xids listed = tm_.recover();
    for (const auto& branch : expected) {
      const bool there = listed.contains(support::text_of(branch->xid));
      EXPECT_TRUE(there || !is_in_doubt(*branch)) << "not listed in " << bank_.resource;
    }
    for (const auto& branch : finished) {
      EXPECT_FALSE(listed.contains(support::text_of(branch->xid))) << "listed though finished";
    }
  }

  const StormBank& bank_;
  StormBoard& board_;
  StormFigures& figures_;
  std::mt19937& random_;
  Tm tm_;
  StormBranchPtr current_;
  std::map<StormBranchPtr, bool> suspended_;  ///< with TMMIGRATE?
};

}  // namespace xaodbc

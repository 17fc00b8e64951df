#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"

namespace xaodbc {

/// How a thread is associated with the branch.
enum class Tie { kNone, kActive, kSuspended, kMigratable };

/// What has become of the branch: of the work in it, or of the branch as a whole.
enum class Work { kNone, kDone, kFailed, kPrepared, kHeuristic, kCommitted, kRolledBack };

/// A situation in which a verb is called: the columns of the standard's tables.
struct Place {
  std::string_view name;
  Tie mine = Tie::kNone;    ///< the calling thread's
  Tie others = Tie::kNone;  ///< another thread's
  Work work = Work::kDone;
  bool is_open = true;  ///< the calling thread has opened the rmid
};

// S0..S5 and T0..T2, R0; with several threads where that makes a difference.
inline constexpr std::array<Place, 25> kPlaces = {{
    {"Closed", Tie::kNone, Tie::kNone, Work::kDone, false},
    {"None", Tie::kNone, Tie::kNone, Work::kNone},
    {"Here", Tie::kActive, Tie::kNone},
    {"HereAndThere", Tie::kActive, Tie::kActive},
    {"HereOtherSuspended", Tie::kActive, Tie::kSuspended},
    {"HereOtherMigratable", Tie::kActive, Tie::kMigratable},
    {"HereFailed", Tie::kActive, Tie::kNone, Work::kFailed},
    {"Suspended", Tie::kSuspended, Tie::kNone},
    {"Migratable", Tie::kMigratable, Tie::kNone},
    {"SuspendedOtherActive", Tie::kSuspended, Tie::kActive},
    {"MigratableOtherActive", Tie::kMigratable, Tie::kActive},
    {"BothSuspended", Tie::kSuspended, Tie::kSuspended},
    {"SuspendedFailed", Tie::kSuspended, Tie::kNone, Work::kFailed},
    {"SuspendedOtherActiveFailed", Tie::kSuspended, Tie::kActive, Work::kFailed},
    {"Active", Tie::kNone, Tie::kActive},
    {"ActiveFailed", Tie::kNone, Tie::kActive, Work::kFailed},
    {"Idle", Tie::kNone, Tie::kNone},
    {"IdleOtherSuspended", Tie::kNone, Tie::kSuspended},
    {"IdleOtherMigratable", Tie::kNone, Tie::kMigratable},
    {"OtherSuspendedFailed", Tie::kNone, Tie::kSuspended, Work::kFailed},
    {"Failed", Tie::kNone, Tie::kNone, Work::kFailed},
    {"Prepared", Tie::kNone, Tie::kNone, Work::kPrepared},
    {"Heuristic", Tie::kNone, Tie::kNone, Work::kHeuristic},
    {"Committed", Tie::kNone, Tie::kNone, Work::kCommitted},
    {"RolledBack", Tie::kNone, Tie::kNone, Work::kRolledBack},
}};

inline const Place& place_named(std::string_view name) {
  const auto found = std::ranges::find(kPlaces, name, &Place::name);
  if (found == kPlaces.end()) throw std::runtime_error("no place " + std::string(name));
  return *found;
}

/// Brings a branch into a situation, and finishes it from there.
class Stage {
 public:
  Stage(PrivateServer& server, Tm& tm) : tm_(tm), judge_(server.connect()) {
    judge_.execute(server.kind() == ServerKind::kMariadb ? "SET innodb_lock_wait_timeout = 5"
                                                         : "SET lock_timeout = 5000");
    for (auto* thread : {&me_, &other_, &starter_}) {
      EXPECT_EQ(thread->run([&] { return tm_.open(); }), XA_OK);
    }
  }

  [[nodiscard]] const XID& xid() const { return xid_; }
  /// The calling thread of the situation.
  Worker& caller(const Place& place) { return place.is_open ? me_ : stranger_; }

  /// A new branch in that situation. Busy: the calling thread works on another branch as well.
  void arrange(const Place& place, bool busy) {
    xid_ = support::new_xid();
    row_ = new_row();
    if (place.work != Work::kNone) begin_branch(place);
    busy_ = busy;
    if (busy) me_.run([&] { begin(busy_xid_ = support::new_xid(), new_row()); });
  }

  /// The branch can be finished as every branch in that situation: nothing else has happened to it.
  void finish(const Place& place) {
    leave(me_, place.mine, place.work);
    leave(other_, place.others, place.work);
    starter_.run([&] { complete(place.work); });
    if (!busy_) return;
    me_.run([&] {
      EXPECT_EQ(tm_.end(busy_xid_), XA_OK);
      EXPECT_EQ(tm_.rollback(busy_xid_), XA_OK);
    });
  }

  /// A row in the branch that the calling thread has just started.
  void insert_row() {
    me_.run([&] { insert(row_); });
  }

 private:
  void insert(const std::string& row) { tm_.execute("INSERT INTO ledger VALUES (" + row + ", 1)"); }

  void begin(const XID& xid, const std::string& row) {
    ASSERT_EQ(tm_.start(xid), XA_OK);
    insert(row);
  }

  void begin_branch(const Place& place) {
    starter_.run([&] { begin(xid_, row_); });
    enter(me_, place.mine);
    enter(other_, place.others);
    starter_.run([&] { bring_to(place.work); });
  }

  void enter(Worker& thread, Tie tie) {
    if (tie == Tie::kNone) return;
    thread.run([&] {
      ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
      if (tie == Tie::kActive) return;
      const long migrate = tie == Tie::kMigratable ? TMMIGRATE : 0;
      ASSERT_EQ(tm_.end(xid_, TMSUSPEND | migrate), XA_OK);
    });
  }

  void bring_to(Work work) {
    if (work == Work::kFailed) {
      ASSERT_THAT(tm_.end(xid_, TMFAIL), IsRolledBack());
      return;
    }
    ASSERT_EQ(tm_.end(xid_), XA_OK);
    if (work != Work::kPrepared && work != Work::kHeuristic) return;
    ASSERT_EQ(tm_.prepare(xid_), XA_OK);
    if (work != Work::kHeuristic) return;
    const auto decided =
        support::run_program({XAODBC_TOOL_PATH, "commit", "accounts", support::text_of(xid_),
                              "--reason", "test", "--yes"});
    ASSERT_EQ(decided.ending, exited(0)) << decided.output;
    ASSERT_EQ(tm_.commit(xid_), XA_HEURCOM);
  }

  void leave(Worker& thread, Tie tie, Work work) {
    if (tie == Tie::kNone) return;
    const auto answer = thread.run([&] { return tm_.end(xid_); });
    if (work == Work::kFailed) {
      EXPECT_THAT(answer, IsRolledBack());
    } else {
      EXPECT_EQ(answer, XA_OK);
    }
  }

  void complete(Work work) {
    switch (work) {
      case Work::kDone:
        EXPECT_EQ(tm_.prepare(xid_), XA_OK);
        EXPECT_EQ(tm_.commit(xid_), XA_OK);
        return expect_row(true);
      case Work::kPrepared:
        EXPECT_EQ(tm_.commit(xid_), XA_OK);
        return expect_row(true);
      case Work::kHeuristic:
        EXPECT_EQ(tm_.commit(xid_), XA_HEURCOM);
        EXPECT_EQ(tm_.forget(xid_), XA_OK);
        return expect_row(true);
      case Work::kFailed:
        EXPECT_EQ(tm_.rollback(xid_), XA_OK);
        return expect_row(false);
      case Work::kCommitted:
        EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
        return expect_row(true);
      case Work::kNone:
      case Work::kRolledBack:
        EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
        return expect_row(false);
    }
  }

  /// Not there: nor is it locked any more.
  void expect_row(bool there) {
    EXPECT_EQ(judge_.scalar("SELECT count(*) FROM ledger WHERE id = " + row_), there ? "1" : "0");
    if (there) return;
    EXPECT_NO_THROW(judge_.execute("INSERT INTO ledger VALUES (" + row_ + ", 2)"));
  }

  Tm& tm_;
  support::SqlSession judge_;
  XID xid_{};
  std::string row_;
  XID busy_xid_{};
  bool busy_ = false;
  Worker me_;
  Worker other_;
  Worker starter_;
  Worker stranger_;
};

}  // namespace xaodbc

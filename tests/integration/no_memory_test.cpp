#include <array>
#include <cstdlib>
#include <new>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"

namespace xaodbc {
namespace {

/// How many more pieces of memory this thread gets; below 0: as many as it wants.
thread_local int pieces_left = -1;
thread_local bool was_refused = false;
/// Whether there is none after the first refusal either.
thread_local bool lasts = true;

}  // namespace
}  // namespace xaodbc

#if defined(__SANITIZE_ADDRESS__) || defined(XAODBC_THREAD_SANITIZER)
constexpr bool kInstead = false;
#else
constexpr bool kInstead = true;

/// In place of operator new.
__attribute__((visibility("default"))) void* allocate_while_there_is_any(std::size_t size) __asm__(
    "_Znwm");

void* allocate_while_there_is_any(std::size_t size) {
  if (xaodbc::pieces_left == 0) {
    xaodbc::was_refused = true;
    if (!xaodbc::lasts) xaodbc::pieces_left = -1;
    throw std::bad_alloc();
  }
  if (xaodbc::pieces_left > 0) --xaodbc::pieces_left;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
#endif

namespace xaodbc {
namespace {

/// I9: a host that runs out of memory in the middle of a verb, and has some again afterwards.
class NoMemoryTest : public TmTest {
 protected:
  void SetUp() override {
    if (!kInstead) GTEST_SKIP() << "the sanitizer has functions of its own here";
    ASSERT_EQ(tm_.open(), XA_OK);
  }

  /// Tries the verb again and again, each time with a piece of memory more, until it got all that
  /// it wanted. `before` comes before it, `after` is told its code.
  template <class Before, class Verb, class After>
  void run_short(const Before& before, const Verb& verb, const After& after) {
    bool ever_refused = false;
    for (const bool to_the_end : {true, false}) {
      lasts = to_the_end;
      was_refused = true;
      for (int pieces = 0; was_refused && !HasFailure(); ++pieces) {
        SCOPED_TRACE(std::to_string(pieces) +
                     (lasts ? " pieces" : " pieces before one is refused"));
        xid = new_xid();
        row = new_row();
        ASSERT_NO_FATAL_FAILURE(before());
        was_refused = false;
        pieces_left = pieces;
        const int code = verb();
        pieces_left = -1;
        ASSERT_NO_FATAL_FAILURE(after(code));
        ever_refused = ever_refused || was_refused;
      }
    }
    EXPECT_TRUE(ever_refused) << "nothing was asked for";
  }

  void TearDown() override {
    TmTest::TearDown();
    for (const auto& file : std::filesystem::directory_iterator(config_.log_directory())) {
      EXPECT_NE(file.path().extension(), ".tmp") << "a segment that was given up takes its room";
    }
  }

  XID xid{};  ///< of this attempt
  std::string row;

  int start() { return xaodbc_switch.xa_start_entry(&xid, tm_.rmid(), TMNOFLAGS); }
  int end() { return xaodbc_switch.xa_end_entry(&xid, tm_.rmid(), TMSUCCESS); }
  int prepare() { return xaodbc_switch.xa_prepare_entry(&xid, tm_.rmid(), TMNOFLAGS); }
  int commit(long flags) { return xaodbc_switch.xa_commit_entry(&xid, tm_.rmid(), flags); }
  int rollback() { return xaodbc_switch.xa_rollback_entry(&xid, tm_.rmid(), TMNOFLAGS); }
};
XAODBC_ON_ALL_DATABASES(NoMemoryTest);

TEST_P(NoMemoryTest, StartThatFailedLeavesNothingBehind) {
  run_short([] {}, [&] { return start(); },
            [&](int code) {
              if (code != XA_OK) {
                EXPECT_EQ(tm_.start(xid), XA_OK);
              }
              EXPECT_EQ(tm_.end(xid), XA_OK);
              EXPECT_EQ(tm_.rollback(xid), XA_OK);
            });
}

TEST_P(NoMemoryTest, BranchWhoseEndFailedIsRolledBack) {
  run_short([&] { begin(tm_, xid, row); }, [&] { return end(); },
            [&](int code) {
              if (code != XA_OK) {
                EXPECT_THAT(tm_.end(xid).code, AnyOf(XA_OK, XAER_PROTO));
              }
              EXPECT_EQ(tm_.rollback(xid), XA_OK);
              EXPECT_FALSE(has_row(row));
            });
}

TEST_P(NoMemoryTest, VoteIsKeptOrNotGiven) {
  run_short([&] { begin_and_end(tm_, xid, row); }, [&] { return prepare(); },
            [&](int code) {
              if (code == XA_OK) {
                EXPECT_EQ(tm_.commit(xid), XA_OK);
              } else if (!support::is_rolled_back(code)) {
                EXPECT_THAT(tm_.rollback(xid).code, AnyOf(XA_OK, XAER_NOTA));
              }
              EXPECT_EQ(has_row(row), code == XA_OK);
            });
}

TEST_P(NoMemoryTest, CommitIsCarriedOutWhenItIsAskedForAgain) {
  run_short([&] { xaodbc::prepare(tm_, xid, row); }, [&] { return commit(TMNOFLAGS); },
            [&](int code) {
              if (code != XA_OK) {
                EXPECT_EQ(tm_.commit(xid), XA_OK);
              }
              EXPECT_TRUE(has_row(row));
            });
}

TEST_P(NoMemoryTest, RollbackIsCarriedOutWhenItIsAskedForAgain) {
  run_short([&] { xaodbc::prepare(tm_, xid, row); }, [&] { return rollback(); },
            [&](int code) {
              if (code != XA_OK) {
                EXPECT_EQ(tm_.rollback(xid), XA_OK);
              }
              EXPECT_FALSE(has_row(row));
            });
}

TEST_P(NoMemoryTest, OnePhaseCommitTellsWhetherItWorked) {
  run_short([&] { begin_and_end(tm_, xid, row); }, [&] { return commit(TMONEPHASE); },
            [&](int code) {
              if (code == XA_OK || support::is_rolled_back(code)) {
                EXPECT_EQ(has_row(row), code == XA_OK);
              } else if (tm_.rollback(xid) == XA_OK) {
                EXPECT_FALSE(has_row(row));
              } else {
                EXPECT_EQ(tm_.rollback(xid), XAER_NOTA);
              }
            });
}

TEST_P(NoMemoryTest, BranchThatWasRolledBackElsewhereGetsNoVote) {
  if (on_sqlite()) GTEST_SKIP() << "the other process waits for the file";
  const auto roll_back_elsewhere = [&] {
    begin_and_end(tm_, xid, row);
    EXPECT_EQ(run_in_child([&] {
                Tm other("accounts", new_rmid());
                ASSERT_EQ(other.open(), XA_OK);
                EXPECT_EQ(other.rollback(xid), XAER_NOTA);
              }),
              exited(0));
  };
  run_short(
      roll_back_elsewhere, [&] { return prepare(); },
      [&](int code) {
        if (!support::is_rolled_back(code)) {
          const int again = tm_.prepare(xid).code;
          EXPECT_TRUE(again == XAER_NOTA || support::is_rolled_back(again)) << again;
        }
        EXPECT_FALSE(has_row(row));
      });
}

TEST_P(NoMemoryTest, BranchThatFailedGetsNoVote) {
  run_short([&] { begin(tm_, xid, row); },
            [&] { return xaodbc_switch.xa_end_entry(&xid, tm_.rmid(), TMFAIL); },
            [&](int code) {
              if (!support::is_rolled_back(code)) static_cast<void>(tm_.end(xid, TMFAIL));
              EXPECT_THAT(tm_.prepare(xid), IsRolledBack());
              EXPECT_FALSE(has_row(row));
            });
}

TEST_P(NoMemoryTest, CommitAsSqlTextIsAHazard) {
  if (!has_proof()) GTEST_SKIP() << "it is refused inside of a branch";
  const auto commit_as_sql_text = [&] {
    begin(tm_, xid, row);
    tm_.execute("COMMIT");
    ASSERT_EQ(tm_.end(xid), XA_OK);
  };
  for (const bool one_phase : {true, false}) {
    run_short(
        commit_as_sql_text, [&] { return one_phase ? commit(TMONEPHASE) : rollback(); },
        [&](int) {
          // Of a one-phase commit without an answer nothing is known afterwards.
          const int told = tm_.rollback(xid).code;
          EXPECT_TRUE(told == XA_HEURHAZ || (one_phase && told == XAER_NOTA)) << told;
          if (tm_.forget(xid) == XA_OK) return;
          // A record that this process has no memory of is still there for others.
          EXPECT_EQ(run_in_child([&] {
                      Tm other("accounts", new_rmid());
                      ASSERT_EQ(other.open(), XA_OK);
                      EXPECT_THAT(other.forget(xid).code, AnyOf(XA_OK, XAER_NOTA));
                    }),
                    exited(0));
        });
  }
}

TEST_P(NoMemoryTest, OpenThatFailedLeavesNothingInTheWayOfTheNext) {
  ASSERT_EQ(tm_.close(), XA_OK);
  std::string name = "accounts";
  run_short([] {}, [&] { return xaodbc_switch.xa_open_entry(name.data(), tm_.rmid(), TMNOFLAGS); },
            [&](int) { EXPECT_EQ(tm_.close(), XA_OK); });
  ASSERT_EQ(tm_.open(), XA_OK);
}

TEST_P(NoMemoryTest, ScanIsWholeOrFails) {
  const XID doubtful = new_xid();
  xaodbc::prepare(tm_, doubtful, new_row());
  std::array<XID, 4> found{};
  run_short([] {},
            [&] {
              return xaodbc_switch.xa_recover_entry(found.data(), 4, tm_.rmid(),
                                                    TMSTARTRSCAN | TMENDRSCAN);
            },
            [&](int code) { EXPECT_THAT(code, AnyOf(testing::Lt(0), 1)); });
  EXPECT_EQ(tm_.rollback(doubtful), XA_OK);
}

TEST_P(NoMemoryTest, FailedConnectWithoutMemoryForItsTextFreesItsPlace) {
  const odbc::Kit kit(server());
  bool fails = true;
  const auto connect = [&](Deadline) -> Result<std::unique_ptr<odbc::Connection>> {
    if (!fails) return kit.connect();
    auto failed = failure(StatusCode::kUnavailable, std::string(200, 'x'));
    pieces_left = 0;
    return failed;
  };
  const auto pool = odbc::ConnectionPool::create(2, connect);
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      EXPECT_FALSE(pool->lease_now(odbc::soon()));
    } catch (const std::bad_alloc&) {
      EXPECT_TRUE(was_refused);
    }
    pieces_left = -1;
  }
  fails = false;
  EXPECT_TRUE(pool->lease_now(odbc::soon()));
}

TEST_P(NoMemoryTest, ThreadThatEndsAtWorkLeavesItsBranchToBeRolledBack) {
  Worker worker;
  worker.run([&] {
    ASSERT_EQ(tm_.open(), XA_OK);
    begin(tm_, xid_, row_);
    pieces_left = 0;
  });
  worker.end();
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc

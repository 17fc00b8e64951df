#include <gtest/gtest.h>

#include <array>
#include <climits>
#include <string>
#include <vector>

#include "tests/integration/stage.h"

namespace xaodbc {
namespace {

using BranchEntry = int (*xa_switch_t::*)(XID*, int, long);

/// A verb that names a branch, and all flags of its legal calls together.
struct BranchVerb {
  const char* name;
  BranchEntry entry;
  unsigned long known_flags;
  long legal_flags;  ///< of one legal call
};

constexpr std::array<BranchVerb, 6> kBranchVerbs = {{
    {"xa_start", &xa_switch_t::xa_start_entry, TMJOIN | TMRESUME | TMNOWAIT, TMNOFLAGS},
    {"xa_end", &xa_switch_t::xa_end_entry, TMSUCCESS | TMFAIL | TMSUSPEND | TMMIGRATE, TMSUCCESS},
    {"xa_prepare", &xa_switch_t::xa_prepare_entry, 0, TMNOFLAGS},
    {"xa_commit", &xa_switch_t::xa_commit_entry, TMNOWAIT | TMONEPHASE, TMNOFLAGS},
    {"xa_rollback", &xa_switch_t::xa_rollback_entry, 0, TMNOFLAGS},
    {"xa_forget", &xa_switch_t::xa_forget_entry, 0, TMNOFLAGS},
}};

constexpr std::array kPlacesToTry = {"Closed", "None",     "Here",   "Suspended",
                                     "Idle",   "Prepared", "Failed", "Heuristic"};

constexpr long bit(unsigned number) { return static_cast<long>(1UL << number); }

class ArgumentsTest : public TmTest {
 protected:
  void SetUp() override { stage_ = std::make_unique<Stage>(server(), tm_); }
  void TearDown() override {
    stage_.reset();
    TmTest::TearDown();
  }

  [[nodiscard]] int call(BranchEntry entry, XID* xid, long flags) const {
    return (xaodbc_switch.*entry)(xid, rmid_, flags);
  }
  static int async_or_inval(long flags, bool takes_async) {
    return takes_async && (flags & TMASYNC) != 0 ? XAER_ASYNC : XAER_INVAL;
  }

  void expect_branch_verbs_refuse_flags() const {
    for (const auto& verb : kBranchVerbs) {
      XID xid = stage_->xid();
      for (unsigned number = 0; number < 64; ++number) {
        const long flags = verb.legal_flags | bit(number);
        if ((static_cast<unsigned long>(bit(number)) & verb.known_flags) != 0) continue;
        EXPECT_EQ(call(verb.entry, &xid, flags), async_or_inval(flags, true))
            << verb.name << ", bit " << number;
      }
    }
  }

  void expect_combinations_are_refused() const {
    XID xid = stage_->xid();
    EXPECT_EQ(call(&xa_switch_t::xa_start_entry, &xid, TMJOIN | TMRESUME), XAER_INVAL);
    for (const long flags :
         {TMNOFLAGS, TMMIGRATE, TMSUCCESS | TMFAIL, TMSUCCESS | TMSUSPEND, TMFAIL | TMSUSPEND,
          TMSUCCESS | TMFAIL | TMSUSPEND, TMSUCCESS | TMMIGRATE, TMFAIL | TMMIGRATE}) {
      EXPECT_EQ(call(&xa_switch_t::xa_end_entry, &xid, flags), XAER_INVAL) << flags;
    }
  }

  void expect_others_refuse_flags() const {
    std::string info = "accounts";
    XID xid{};
    int handle = 0;
    int result = 0;
    for (unsigned number = 0; number < 64; ++number) {
      const long flags = bit(number);
      const int refused = async_or_inval(flags, true);
      EXPECT_EQ(xaodbc_switch.xa_open_entry(info.data(), rmid_, flags), refused) << number;
      EXPECT_EQ(xaodbc_switch.xa_close_entry(info.data(), rmid_, flags), refused) << number;
      EXPECT_EQ(xaodbc_switch.xa_complete_entry(&handle, &result, rmid_, flags), XAER_INVAL);
      if (flags == TMSTARTRSCAN || flags == TMENDRSCAN) continue;
      EXPECT_EQ(xaodbc_switch.xa_recover_entry(&xid, 1, rmid_, flags | TMSTARTRSCAN), XAER_INVAL)
          << number;
    }
    EXPECT_EQ(xaodbc_switch.xa_complete_entry(&handle, &result, rmid_, TMNOFLAGS), XAER_INVAL);
    EXPECT_EQ(xaodbc_switch.xa_complete_entry(nullptr, nullptr, rmid_, TMNOFLAGS), XAER_INVAL);
  }

  const int rmid_ = new_rmid();
  Tm tm_{"accounts", rmid_};
  std::unique_ptr<Stage> stage_;
};
INSTANTIATE_TEST_SUITE_P(All, ArgumentsTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(ArgumentsTest, IllegalFlagsAreRefusedEverywhereAndChangeNothing) {
  for (const auto* name : kPlacesToTry) {
    SCOPED_TRACE(name);
    const Place& place = place_named(name);
    stage_->arrange(place, false);
    stage_->caller(place).run([&] {
      expect_branch_verbs_refuse_flags();
      expect_combinations_are_refused();
      expect_others_refuse_flags();
    });
    stage_->finish(place);
  }
}

/// XIDs that name nothing.
std::vector<XID> malformed(const XID& xid) {
  std::vector<XID> all;
  XID null_xid = xid;
  null_xid.formatID = -1;
  all.push_back(null_xid);
  for (const long length : {-1L, 65L, 129L, LONG_MAX, LONG_MIN}) {
    XID bad = xid;
    bad.gtrid_length = length;
    all.push_back(bad);
    bad = xid;
    bad.bqual_length = length;
    all.push_back(bad);
  }
  XID no_gtrid = xid;
  no_gtrid.gtrid_length = 0;
  all.push_back(no_gtrid);
  return all;
}

TEST_P(ArgumentsTest, MalformedXidsAreRefusedEverywhereAndChangeNothing) {
  for (const auto* name : {"None", "Here", "Suspended", "Idle", "Prepared"}) {
    SCOPED_TRACE(name);
    const Place& place = place_named(name);
    stage_->arrange(place, false);
    stage_->caller(place).run([&] {
      for (const auto& verb : kBranchVerbs) {
        EXPECT_EQ(call(verb.entry, nullptr, verb.legal_flags), XAER_INVAL) << verb.name;
        EXPECT_NE(std::string(xaodbc_last_error()).find("null"), std::string::npos);
        for (XID bad : malformed(stage_->xid())) {
          EXPECT_EQ(call(verb.entry, &bad, verb.legal_flags), XAER_INVAL)
              << verb.name << ", lengths " << bad.gtrid_length << " and " << bad.bqual_length;
        }
      }
    });
    stage_->finish(place);
  }
}

TEST_P(ArgumentsTest, FlagsAreCheckedFirstThenOpenThenXid) {
  Worker stranger;
  stranger.run([&] {
    EXPECT_EQ(call(&xa_switch_t::xa_start_entry, nullptr, TMASYNC | TMFAIL), XAER_ASYNC);
    EXPECT_EQ(call(&xa_switch_t::xa_start_entry, nullptr, TMFAIL), XAER_INVAL);
    EXPECT_EQ(call(&xa_switch_t::xa_start_entry, nullptr, TMNOFLAGS), XAER_PROTO);
  });
}

TEST_P(ArgumentsTest, RmidThatIsNotOpenAnswersProtoToAllButOpenAndClose) {
  Worker stranger;
  stranger.run([&] {
    XID xid = support::new_xid();
    for (const auto& verb : kBranchVerbs) {
      EXPECT_EQ(call(verb.entry, &xid, verb.legal_flags), XAER_PROTO) << verb.name;
    }
    EXPECT_EQ(xaodbc_switch.xa_recover_entry(&xid, 1, rmid_, TMSTARTRSCAN), XAER_PROTO);
    EXPECT_EQ(xaodbc_connection(rmid_), nullptr);
    EXPECT_EQ(tm_.close(), XA_OK);
  });
}

TEST_P(ArgumentsTest, SecondOpenIsOkWhateverItsStringSays) {
  ASSERT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(Tm("no-such-resource", rmid_).open(), XA_OK);
  EXPECT_EQ(Tm("", rmid_).open(), XA_OK);
  EXPECT_EQ(xaodbc_switch.xa_open_entry(nullptr, rmid_, TMNOFLAGS), XA_OK);
}

TEST_P(ArgumentsTest, CloseIsRefusedOnlyWhileTheThreadWorks) {
  for (const auto& [name, code] : {std::pair{"Here", XAER_PROTO},
                                   {"HereAndThere", XAER_PROTO},
                                   {"Suspended", XA_OK},
                                   {"Migratable", XA_OK},
                                   {"SuspendedOtherActive", XA_OK},
                                   {"SuspendedFailed", XA_OK},
                                   {"Active", XA_OK},
                                   {"Idle", XA_OK},
                                   {"Prepared", XA_OK},
                                   {"Failed", XA_OK},
                                   {"Heuristic", XA_OK}}) {
    SCOPED_TRACE(name);
    const Place& place = place_named(name);
    stage_->arrange(place, false);
    stage_->caller(place).run([&, expected = code] {
      EXPECT_EQ(tm_.close(), expected);
      EXPECT_EQ(tm_.close(), expected);
      EXPECT_EQ(tm_.open(), XA_OK);
    });
    stage_->finish(place);
  }
}

}  // namespace
}  // namespace xaodbc

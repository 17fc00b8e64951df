#include "xa/return_code.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "xaodbc/xa.h"

namespace xaodbc::xa {
namespace {

/// A verb with legal flags, and the codes that xa-reference 5.2 lists for that call, less those
/// that real transaction managers take for "abandon the branch" (I2: no RMERR from a second phase)
/// or for illegal (RMFAIL from xa_open and xa_close).
struct Call {
  Verb verb;
  unsigned long flags;
  std::string_view codes;
};

constexpr std::array<Call, 21> kCalls = {{
    {Verb::kOpen, 0, "OK ASYNC RMERR INVAL PROTO"},
    {Verb::kClose, 0, "OK ASYNC RMERR INVAL PROTO"},
    {Verb::kStart, 0, "OK RB ASYNC RMERR RMFAIL INVAL PROTO DUPID OUTSIDE"},
    {Verb::kStart, TMNOWAIT, "OK RB RETRY ASYNC RMERR RMFAIL INVAL PROTO DUPID OUTSIDE"},
    {Verb::kStart, TMJOIN, "OK RB ASYNC RMERR RMFAIL NOTA INVAL PROTO OUTSIDE"},
    {Verb::kStart, TMRESUME, "OK RB ASYNC RMERR RMFAIL NOTA INVAL PROTO OUTSIDE"},
    {Verb::kStart, TMJOIN | TMNOWAIT, "OK RB RETRY ASYNC RMERR RMFAIL NOTA INVAL PROTO OUTSIDE"},
    {Verb::kStart, TMRESUME | TMNOWAIT, "OK RB RETRY ASYNC RMERR RMFAIL NOTA INVAL PROTO OUTSIDE"},
    {Verb::kEnd, TMSUCCESS, "OK RB ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kEnd, TMFAIL, "OK RB ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kEnd, TMSUSPEND | TMMIGRATE, "OK RB ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kPrepare, 0, "OK RB RDONLY ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kCommit, 0, "OK HEUR RETRY ASYNC RMFAIL NOTA INVAL PROTO"},
    {Verb::kCommit, TMNOWAIT, "OK HEUR RETRY ASYNC RMFAIL NOTA INVAL PROTO"},
    {Verb::kCommit, TMONEPHASE, "OK RB HEUR ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kCommit, TMONEPHASE | TMNOWAIT, "OK RB HEUR ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kRollback, 0, "OK RB HEUR ASYNC RMFAIL NOTA INVAL PROTO"},
    {Verb::kRecover, TMSTARTRSCAN, "OK RMERR RMFAIL INVAL PROTO"},
    {Verb::kForget, 0, "OK ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kComplete, 0, "OK INVAL"},
    {Verb::kComplete, TMNOWAIT | TMMULTIPLE, "OK INVAL"},
}};

std::string_view family(int code) {
  if (code >= 100 && code <= 107) return "RB";
  if (code >= 5 && code <= 8) return "HEUR";
  switch (code) {
    case 0:
      return "OK";
    case 3:
      return "RDONLY";
    case 4:
      return "RETRY";
    case -2:
      return "ASYNC";
    case -3:
      return "RMERR";
    case -4:
      return "NOTA";
    case -5:
      return "INVAL";
    case -6:
      return "PROTO";
    case -7:
      return "RMFAIL";
    case -8:
      return "DUPID";
    case -9:
      return "OUTSIDE";
    default:
      return "?";
  }
}

bool lists(const Call& call, int code) {
  const std::string codes = " " + std::string(call.codes) + " ";
  return codes.find(" " + std::string(family(code)) + " ") != std::string::npos;
}

std::string shown(const Call& call) {
  return std::string(to_string(call.verb)) + " with flags " + std::to_string(call.flags);
}

constexpr auto kLastCode = static_cast<int>(StatusCode::kInternal);
constexpr auto kLastReason = static_cast<int>(RollbackReason::kTransient);

/// One of every status there is, kRolledBack with every reason.
std::vector<Status> all_statuses() {
  std::vector<Status> all;
  for (int code = 0; code <= kLastCode; ++code) {
    all.emplace_back(static_cast<StatusCode>(code), "message");
  }
  for (int reason = 0; reason <= kLastReason; ++reason) {
    all.push_back(Status::rolled_back(static_cast<RollbackReason>(reason), "message"));
  }
  return all;
}

TEST(ReturnCodeTest, EveryVerbIsLookedAt) {
  std::set<Verb> verbs;
  for (const auto& call : kCalls) verbs.insert(call.verb);
  EXPECT_EQ(verbs.size(), static_cast<std::size_t>(Verb::kCount));
}

TEST(ReturnCodeTest, EveryStatusOfEveryVerbBecomesACodeThatTheStandardAllows) {
  for (const auto& call : kCalls) {
    for (const auto& status : all_statuses()) {
      const int code = return_code(call.verb, call.flags, status);
      EXPECT_TRUE(lists(call, code)) << shown(call) << ", status code "
                                     << static_cast<int>(status.code()) << " became " << code;
      EXPECT_TRUE(is_allowed(call.verb, call.flags, code)) << shown(call) << " became " << code;
    }
  }
}

TEST(ReturnCodeTest, AllowedSetIsThatOfTheStandard) {
  for (const auto& call : kCalls) {
    for (int code = -20; code <= 200; ++code) {
      EXPECT_EQ(is_allowed(call.verb, call.flags, code), lists(call, code))
          << shown(call) << ", code " << code;
    }
  }
}

TEST(ReturnCodeTest, OnlySuccessAndEndedWorkAreOk) {
  for (const auto& call : kCalls) {
    for (const auto& status : all_statuses()) {
      if (return_code(call.verb, call.flags, status) != XA_OK) continue;
      EXPECT_TRUE(status.is_ok() || status.is(StatusCode::kReadOnly))
          << shown(call) << ", status code " << static_cast<int>(status.code());
    }
  }
}

/// What an error of the caller is, every verb tells it by the same code.
TEST(ReturnCodeTest, ErrorsOfTheCallerKeepTheirMeaning) {
  for (const auto& call : kCalls) {
    EXPECT_EQ(return_code(call.verb, call.flags, {StatusCode::kInvalidArgument, ""}), XAER_INVAL)
        << shown(call);
    if (call.verb == Verb::kComplete) continue;
    EXPECT_EQ(return_code(call.verb, call.flags, {StatusCode::kProtocol, ""}), XAER_PROTO)
        << shown(call);
    if (call.verb == Verb::kRecover) continue;
    EXPECT_EQ(return_code(call.verb, call.flags, {StatusCode::kAsyncRefused, ""}), XAER_ASYNC)
        << shown(call);
  }
}

class SecondPhase : public testing::TestWithParam<Verb> {};
INSTANTIATE_TEST_SUITE_P(All, SecondPhase, testing::Values(Verb::kCommit, Verb::kRollback),
                         [](const auto& instance) {
                           return std::string(to_string(instance.param)).substr(3);
                         });

// I2: a transaction manager abandons a branch, or believes it finished, on every other code.
TEST_P(SecondPhase, EverythingThatIsNotAnOutcomeMeansTryAgain) {
  const std::set<StatusCode> told = {
      StatusCode::kOk,
      StatusCode::kReadOnly,
      StatusCode::kInvalidArgument,
      StatusCode::kProtocol,
      StatusCode::kOutside,
      StatusCode::kAsyncRefused,
      StatusCode::kUnknownBranch,
      StatusCode::kRolledBack,
      StatusCode::kHeuristicCommitted,
      StatusCode::kHeuristicRolledBack,
      StatusCode::kHeuristicMixed,
      StatusCode::kHeuristicHazard,
      StatusCode::kEndedByApplication,
  };
  for (const auto& status : all_statuses()) {
    if (told.contains(status.code())) continue;
    const int code = return_code(GetParam(), 0, status);
    const bool may_retry = GetParam() == Verb::kCommit && status.is(StatusCode::kRetry);
    EXPECT_EQ(code, may_retry ? XA_RETRY : XAER_RMFAIL) << static_cast<int>(status.code());
  }
}

TEST_P(SecondPhase, HeuristicOutcomesAreTold) {
  EXPECT_EQ(return_code(GetParam(), 0, {StatusCode::kHeuristicCommitted, ""}), XA_HEURCOM);
  EXPECT_EQ(return_code(GetParam(), 0, {StatusCode::kHeuristicRolledBack, ""}), XA_HEURRB);
  EXPECT_EQ(return_code(GetParam(), 0, {StatusCode::kHeuristicMixed, ""}), XA_HEURMIX);
  EXPECT_EQ(return_code(GetParam(), 0, {StatusCode::kHeuristicHazard, ""}), XA_HEURHAZ);
  EXPECT_EQ(return_code(GetParam(), 0, {StatusCode::kEndedByApplication, ""}), XA_HEURHAZ);
}

TEST_P(SecondPhase, NotaMeansThatNobodyKnowsTheBranch) {
  for (const auto& status : all_statuses()) {
    const bool unknown = status.is(StatusCode::kUnknownBranch);
    EXPECT_EQ(return_code(GetParam(), 0, status) == XAER_NOTA, unknown)
        << static_cast<int>(status.code());
  }
}

TEST(ReturnCodeTest, CommitOfAPreparedBranchNeverSaysThatItIsRolledBack) {
  for (int reason = 0; reason <= kLastReason; ++reason) {
    const auto status = Status::rolled_back(static_cast<RollbackReason>(reason), "");
    EXPECT_EQ(return_code(Verb::kCommit, 0, status), XAER_RMFAIL);
  }
}

TEST(ReturnCodeTest, EveryRollbackReasonHasItsCode) {
  constexpr std::array kReasons = {
      std::pair{RollbackReason::kUnspecified, XA_RBROLLBACK},
      std::pair{RollbackReason::kCommunication, XA_RBCOMMFAIL},
      std::pair{RollbackReason::kDeadlock, XA_RBDEADLOCK},
      std::pair{RollbackReason::kIntegrity, XA_RBINTEGRITY},
      std::pair{RollbackReason::kOther, XA_RBOTHER},
      std::pair{RollbackReason::kProtocol, XA_RBPROTO},
      std::pair{RollbackReason::kTimeout, XA_RBTIMEOUT},
      std::pair{RollbackReason::kTransient, XA_RBTRANSIENT},
  };
  static_assert(kReasons.size() == kLastReason + 1);
  for (const auto& [reason, code] : kReasons) {
    const auto status = Status::rolled_back(reason, "");
    for (const auto verb : {Verb::kStart, Verb::kEnd, Verb::kPrepare, Verb::kRollback}) {
      EXPECT_EQ(return_code(verb, 0, status), code) << to_string(verb);
    }
    EXPECT_EQ(return_code(Verb::kCommit, TMONEPHASE, status), code);
  }
}

// I3: the outcome of a commit that was not answered is never guessed.
TEST(ReturnCodeTest, UnknownOutcomeOfOnePhaseCommitIsRmfail) {
  EXPECT_EQ(return_code(Verb::kCommit, TMONEPHASE, {StatusCode::kOutcomeUnknown, ""}), XAER_RMFAIL);
}

TEST(ReturnCodeTest, DatabaseThatCannotBeReachedIsRmerrForOpenAndRmfailForWork) {
  const Status unreachable(StatusCode::kUnavailable, "");
  EXPECT_EQ(return_code(Verb::kOpen, 0, unreachable), XAER_RMERR);
  for (const auto verb : {Verb::kStart, Verb::kEnd, Verb::kPrepare, Verb::kCommit, Verb::kRollback,
                          Verb::kRecover, Verb::kForget}) {
    EXPECT_EQ(return_code(verb, 0, unreachable), XAER_RMFAIL) << to_string(verb);
  }
}

TEST(ReturnCodeTest, BusyPoolIsRetryOnlyForWhoDoesNotWait) {
  const Status busy(StatusCode::kRetry, "");
  EXPECT_EQ(return_code(Verb::kStart, TMNOWAIT, busy), XA_RETRY);
  EXPECT_EQ(return_code(Verb::kStart, 0, busy), XAER_RMERR);
  EXPECT_EQ(return_code(Verb::kCommit, TMONEPHASE, busy), XAER_RMFAIL);
}

}  // namespace
}  // namespace xaodbc::xa

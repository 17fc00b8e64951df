#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/stage.h"

namespace xaodbc {
namespace {

/// One row of a table: in that place, what each of the table's calls must answer. "OK>Idle": the
/// answer and the place reached by it; without ">" the call has changed nothing. RB and HEUR stand
/// for any code of the family, | for a choice that the standard leaves.
struct Line {
  std::string_view place;
  std::vector<std::string_view> cells;
};
using Table = std::vector<Line>;

using support::XaAnswer;

using Verb = int (*xa_switch_t::*)(XID*, int, long);
struct Column {
  std::string_view name;
  Verb verb;
  long flags;
};

bool is_in_family(std::string_view name, int code) {
  if (name == "RB") return support::is_rolled_back(code);
  if (name == "HEUR") return code >= XA_HEURMIX && code <= XA_HEURHAZ;
  const std::string full = support::xa_name(code);
  return full == "XA_" + std::string(name) || full == "XAER_" + std::string(name);
}

struct Expected {
  std::string answers;
  std::string after;
};

Expected read_cell(const Line& line, std::size_t column) {
  const std::string cell(line.cells.at(column));
  const auto arrow = cell.find('>');
  if (arrow == std::string::npos) return {cell, std::string(line.place)};
  return {cell.substr(0, arrow), cell.substr(arrow + 1)};
}

bool is_expected(const Expected& expected, int code) {
  std::istringstream choices(expected.answers);
  std::string choice;
  while (std::getline(choices, choice, '|')) {
    if (is_in_family(choice, code)) return true;
  }
  return false;
}

constexpr Verb kStart = &xa_switch_t::xa_start_entry;
constexpr Verb kEnd = &xa_switch_t::xa_end_entry;
constexpr Verb kPrepare = &xa_switch_t::xa_prepare_entry;
constexpr Verb kCommit = &xa_switch_t::xa_commit_entry;
constexpr Verb kRollback = &xa_switch_t::xa_rollback_entry;
constexpr Verb kForget = &xa_switch_t::xa_forget_entry;

class StateTableTest : public TmTest {
 protected:
  void SetUp() override { stage_ = std::make_unique<Stage>(server(), tm_); }
  void TearDown() override {
    stage_.reset();
    TmTest::TearDown();
  }

  void walk(const Table& table, const std::vector<Column>& columns, bool busy = false) {
    for (const Line& line : table) {
      for (std::size_t column = 0; column < columns.size(); ++column) {
        const auto& [name, verb, flags] = columns[column];
        SCOPED_TRACE(std::string(name) + " in " + std::string(line.place) +
                     (busy ? " while working on another branch" : ""));
        visit(place_named(line.place), busy, {verb, flags}, read_cell(line, column));
        if (HasFailure()) return;  // what follows would only repeat it
      }
    }
  }

  const int rmid_ = new_rmid();
  Tm tm_{"accounts", rmid_};
  std::unique_ptr<Stage> stage_;

 private:
  struct Call {
    Verb verb;
    long flags;
  };

  [[nodiscard]] XaAnswer answer_to(Call what, XID xid) const {
    const int code = (xaodbc_switch.*what.verb)(&xid, rmid_, what.flags);
    return {code, xaodbc_last_error()};
  }

  void visit(const Place& place, bool busy, Call what, const Expected& expected) {
    stage_->arrange(place, busy);
    const auto answer = stage_->caller(place).run([&] { return answer_to(what, stage_->xid()); });
    EXPECT_TRUE(is_expected(expected, answer.code))
        << "expected " << expected.answers << ", got " << testing::PrintToString(answer);
    EXPECT_EQ(answer.why.empty(), answer.code == XA_OK) << answer.why;
    const Place& after = place_named(expected.after);
    if (place.work == Work::kNone && after.work == Work::kDone) stage_->insert_row();
    stage_->finish(after);
  }
};
INSTANTIATE_TEST_SUITE_P(All, StateTableTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

// clang-format off
const Table kStartTable = {
    // place                        TMNOFLAGS    TMJOIN                   TMRESUME
    {"Closed",                     {"PROTO",     "PROTO",                 "PROTO"}},
    {"None",                       {"OK>Here",   "NOTA",                  "NOTA"}},
    {"Here",                       {"PROTO",     "PROTO",                 "PROTO"}},
    {"HereAndThere",               {"PROTO",     "PROTO",                 "PROTO"}},
    {"HereFailed",                 {"PROTO",     "PROTO",                 "PROTO"}},
    {"Suspended",                  {"PROTO",     "PROTO",                 "OK>Here"}},
    {"Migratable",                 {"PROTO",     "PROTO",                 "OK>Here"}},
    {"SuspendedOtherActive",       {"PROTO",     "PROTO",                 "OK>HereAndThere"}},
    {"BothSuspended",              {"PROTO",     "PROTO",                 "OK>HereOtherSuspended"}},
    {"SuspendedFailed",            {"PROTO",     "PROTO",                 "RB>Failed"}},
    {"SuspendedOtherActiveFailed", {"PROTO",     "PROTO",                 "RB>ActiveFailed"}},
    {"Active",                     {"DUPID",     "OK>HereAndThere",       "PROTO"}},
    {"ActiveFailed",               {"DUPID",     "RB",                    "PROTO"}},
    {"Idle",                       {"DUPID",     "OK>Here",               "PROTO"}},
    {"IdleOtherSuspended",         {"DUPID",     "OK>HereOtherSuspended", "PROTO"}},
    {"IdleOtherMigratable",        {"DUPID",     "OK>HereOtherMigratable", "OK>Here"}},
    {"Prepared",                   {"DUPID",     "PROTO",                 "PROTO"}},
    {"Failed",                     {"DUPID",     "RB",                    "PROTO"}},
    {"Heuristic",                  {"DUPID",     "PROTO",                 "PROTO"}},
};

const Table kEndTable = {
    // place                        TMSUCCESS                  TMFAIL                TMSUSPEND                     TMSUSPEND|TMMIGRATE
    {"Closed",                     {"PROTO",                   "PROTO",              "PROTO",                      "PROTO"}},
    {"None",                       {"NOTA",                    "NOTA",               "NOTA",                       "NOTA"}},
    {"Here",                       {"OK>Idle",                 "RB>Failed",          "OK>Suspended",               "OK>Migratable"}},
    {"HereAndThere",               {"OK>Active",               "RB>ActiveFailed",    "OK>SuspendedOtherActive",    "OK>MigratableOtherActive"}},
    {"HereOtherSuspended",         {"OK>IdleOtherSuspended",   "RB>OtherSuspendedFailed", "OK>BothSuspended",      "OK>BothSuspended"}},
    {"HereFailed",                 {"RB>Failed",               "RB>Failed",          "RB>Failed",                  "RB>Failed"}},
    {"Suspended",                  {"OK>Idle",                 "RB>Failed",          "PROTO",                      "PROTO"}},
    {"Migratable",                 {"OK>Idle",                 "RB>Failed",          "PROTO",                      "PROTO"}},
    {"SuspendedOtherActive",       {"OK>Active",               "RB>ActiveFailed",    "PROTO",                      "PROTO"}},
    {"SuspendedFailed",            {"RB>Failed",               "RB>Failed",          "PROTO",                      "PROTO"}},
    {"SuspendedOtherActiveFailed", {"RB>ActiveFailed",         "RB>ActiveFailed",    "PROTO",                      "PROTO"}},
    {"Active",                     {"PROTO",                   "PROTO",              "PROTO",                      "PROTO"}},
    {"Idle",                       {"PROTO",                   "PROTO",              "PROTO",                      "PROTO"}},
    {"IdleOtherSuspended",         {"PROTO",                   "PROTO",              "PROTO",                      "PROTO"}},
    {"IdleOtherMigratable",        {"PROTO",                   "PROTO",              "PROTO",                      "PROTO"}},
    {"Failed",                     {"PROTO",                   "PROTO",              "PROTO",                      "PROTO"}},
    {"Prepared",                   {"PROTO",                   "PROTO",              "PROTO",                      "PROTO"}},
    {"Heuristic",                  {"PROTO",                   "PROTO",              "PROTO",                      "PROTO"}},
};

const Table kCompletionTable = {
    // place                        xa_prepare          xa_commit        TMONEPHASE              xa_rollback         xa_forget
    {"Closed",                     {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"None",                       {"NOTA",             "NOTA",          "NOTA",                 "NOTA",             "NOTA"}},
    {"Here",                       {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"HereAndThere",               {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"HereFailed",                 {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"Suspended",                  {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"Migratable",                 {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"SuspendedOtherActive",       {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"SuspendedFailed",            {"RB>RolledBack",    "PROTO",         "RB>RolledBack",        "OK|RB>RolledBack", "PROTO"}},
    {"Active",                     {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"ActiveFailed",               {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"Idle",                       {"OK>Prepared",      "PROTO",         "OK>Committed",         "OK|RB>RolledBack", "PROTO"}},
    {"IdleOtherSuspended",         {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"IdleOtherMigratable",        {"PROTO",            "PROTO",         "PROTO",                "PROTO",            "PROTO"}},
    {"Prepared",                   {"PROTO",            "OK>Committed",  "PROTO",                "OK>RolledBack",    "PROTO"}},
    {"Failed",                     {"RB>RolledBack",    "PROTO",         "RB>RolledBack",        "OK|RB>RolledBack", "PROTO"}},
    {"Heuristic",                  {"PROTO",            "HEUR",          "HEUR",                 "HEUR",             "OK>Committed"}},
};

const std::vector<Column> kStartCalls = {
    {"xa_start",           kStart, TMNOFLAGS},
    {"xa_start(TMJOIN)",   kStart, TMJOIN},
    {"xa_start(TMRESUME)", kStart, TMRESUME},
};
const std::vector<Column> kStartNoWaitCalls = {
    {"xa_start(TMNOWAIT)",          kStart, TMNOWAIT},
    {"xa_start(TMJOIN|TMNOWAIT)",   kStart, TMJOIN | TMNOWAIT},
    {"xa_start(TMRESUME|TMNOWAIT)", kStart, TMRESUME | TMNOWAIT},
};
const std::vector<Column> kEndCalls = {
    {"xa_end(TMSUCCESS)",           kEnd, TMSUCCESS},
    {"xa_end(TMFAIL)",              kEnd, TMFAIL},
    {"xa_end(TMSUSPEND)",           kEnd, TMSUSPEND},
    {"xa_end(TMSUSPEND|TMMIGRATE)", kEnd, TMSUSPEND | TMMIGRATE},
};
const std::vector<Column> kCompletionCalls = {
    {"xa_prepare",            kPrepare,  TMNOFLAGS},
    {"xa_commit",             kCommit,   TMNOFLAGS},
    {"xa_commit(TMONEPHASE)", kCommit,   TMONEPHASE},
    {"xa_rollback",           kRollback, TMNOFLAGS},
    {"xa_forget",             kForget,   TMNOFLAGS},
};
// clang-format on

/// The rows for a thread that can also work on another branch.
Table without_own_work(const Table& table) {
  Table kept = table;
  std::erase_if(kept, [](const Line& line) {
    const Place& place = place_named(line.place);
    return !place.is_open || place.mine == Tie::kActive;
  });
  return kept;
}

TEST_P(StateTableTest, StartAnswersAsTheTableSays) { walk(kStartTable, kStartCalls); }

TEST_P(StateTableTest, StartWithoutWaitingAnswersTheSame) { walk(kStartTable, kStartNoWaitCalls); }

TEST_P(StateTableTest, EndAnswersAsTheTableSays) { walk(kEndTable, kEndCalls); }

TEST_P(StateTableTest, CompletionAnswersAsTheTableSays) {
  walk(kCompletionTable, kCompletionCalls);
}

TEST_P(StateTableTest, ThreadAtWorkOnAnotherBranchCanStartNothing) {
  Table table = without_own_work(kStartTable);
  for (Line& line : table) line.cells = {"PROTO", "PROTO", "PROTO"};
  walk(table, kStartCalls, true);
}

TEST_P(StateTableTest, EndOfABranchTheThreadDoesNotWorkOnAnswersAsTheTableSays) {
  walk(without_own_work(kEndTable), kEndCalls, true);
}

TEST_P(StateTableTest, CompletionFromAThreadAtWorkElsewhereAnswersTheSame) {
  walk(without_own_work(kCompletionTable), kCompletionCalls, true);
}

TEST_P(StateTableTest, ScanListsPreparedAndHeuristicBranchesOnly) {
  for (const Place& place : kPlaces) {
    if (place.work == Work::kCommitted || place.work == Work::kRolledBack) continue;
    SCOPED_TRACE(place.name);
    stage_->arrange(place, false);
    const auto listed = stage_->caller(place).run([&] {
      tm_.open();
      return tm_.recover();
    });
    if (!place.is_open) stage_->caller(place).run([&] { tm_.close(); });
    const bool expected = place.work == Work::kPrepared || place.work == Work::kHeuristic;
    EXPECT_EQ(listed.contains(support::text_of(stage_->xid())), expected);
    stage_->finish(place);
  }
}

}  // namespace
}  // namespace xaodbc

#include <gtest/gtest.h>

#include <csignal>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/conformance/conformance_kit.h"

// The program itself: command line, formats, exit status, and switches that hang or crash.

namespace xaodbc {
namespace {

using support::exited;
using support::killed_by;
using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kPreparedBesideWorker = "8.1/threads/completion/by-a-working-thread";

Arguments on_memory_switch(const std::vector<std::string>& more) {
  Arguments arguments = {"--library",   XAODBC_MEMORY_SWITCH_PATH,
                         "--getter",    "memory_get_xa_switch",
                         "--open-info", "memory"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::set<std::string> first_words(const std::string& lines) {
  std::istringstream stream(lines);
  std::set<std::string> words;
  for (std::string line; std::getline(stream, line);) words.insert(line.substr(0, line.find('\t')));
  return words;
}

TEST(ProgramTest, ListNamesEveryCellOfAReportOnce) {
  const auto listed = run_conformance({"--list"});
  EXPECT_EQ(listed.ending, exited(0));
  const auto run = run_for_json(on_memory_switch({}));
  std::vector<std::string> reported;
  for (const auto& cell : run.report["cells"]) {
    reported.push_back(cell["name"]);
  }
  const std::set<std::string> once(reported.begin(), reported.end());
  EXPECT_EQ(once.size(), reported.size());
  EXPECT_EQ(first_words(listed.output), once);
}

TEST(ProgramTest, OnlyTheCellsAskedForAreDriven) {
  const auto run = run_for_json(on_memory_switch({"--only", "7.1/*", "--only", "3/name"}));
  EXPECT_EQ(run.report["sections"].size(), 2U);
  EXPECT_EQ(run_conformance(on_memory_switch({"--only", "no such cell"})).ending, exited(2));
}

TEST(ProgramTest, EveryCellTellsClauseExpectationAndAnswer) {
  const auto run = run_for_json(on_memory_switch({}));
  ASSERT_GT(run.report["cells"].size(), 1000U);
  for (const auto& cell : run.report["cells"]) {
    SCOPED_TRACE(cell["name"].get<std::string>());
    EXPECT_NE(cell["clause"], "");
    if (cell["verdict"] == "not driven") {
      EXPECT_NE(cell["why"], "");
      continue;
    }
    EXPECT_NE(cell["called"], "");
    EXPECT_NE(cell["expected"], "");
    EXPECT_NE(cell["answered"], "");
  }
}

/// The rollbacks after a cell that ends while x is prepared and y is at work.
std::vector<std::string> rollbacks_of_clean_up(const std::string& fault) {
  const auto run = run_for_json(on_memory_switch({"--one-writer", "--only", kPreparedBesideWorker}),
                                {{"MEMORY_SWITCH_FAULT", fault}});
  EXPECT_THAT(run.names("not driven"), testing::ElementsAre(kPreparedBesideWorker));
  std::vector<std::string> rollbacks;
  for (const std::string step : run.report["cells"][0]["steps"]) {
    if (step.find("xa_rollback") != std::string::npos) rollbacks.push_back(step);
  }
  return rollbacks;
}

TEST(ProgramTest, BranchAtWorkIsUndoneBeforeThePreparedOneThatWaitsForIt) {
  EXPECT_THAT(rollbacks_of_clean_up("one-writer"),
              testing::ElementsAre(EndsWith("= XA_OK"), EndsWith("= XA_OK")));
}

TEST(ProgramTest, RollbackThatFailedIsTriedOnceMoreWhenAllOthersAreDone) {
  EXPECT_THAT(
      rollbacks_of_clean_up("rollback-fails-once"),
      testing::ElementsAre(EndsWith("= XA_OK"), EndsWith("= XAER_RMFAIL"), EndsWith("= XA_OK")));
}

TEST(ProgramTest, SummaryCountsEveryCellOnce) {
  const auto report = run_for_json(on_memory_switch({"--only", "7.*"})).report;
  const auto& all = report["summary"];
  EXPECT_EQ(all["cells"], report["cells"].size());
  long sum = 0;
  for (const auto& [name, section] : report["sections"].items()) {
    sum += section["cells"].get<long>();
  }
  EXPECT_EQ(sum, all["cells"]);
}

TEST(ProgramTest, TextEndsWithASummaryAndNamesWhatIsWrong) {
  const auto right = run_conformance(on_memory_switch({"--only", "3/*"}));
  EXPECT_EQ(right.ending, exited(0));
  EXPECT_THAT(right.output, HasSubstr("memory: 13 cells: 13 as the standard says, 0 allowed, "
                                      "0 wrong, 0 not driven\n"));
  const auto wrong = run_conformance(on_memory_switch({"--only", "7.1/xa_start/TMNOFLAGS/T0-S2"}),
                                     {{"MEMORY_SWITCH_FAULT", "no-dupid"}});
  EXPECT_EQ(wrong.ending, exited(1));
  EXPECT_THAT(wrong.output, HasSubstr("7.1/xa_start/TMNOFLAGS/T0-S2: wrong"));
  EXPECT_THAT(wrong.output, HasSubstr("expected: DUPID"));
  EXPECT_THAT(wrong.output, HasSubstr("answered: XA_OK"));
}

TEST(ProgramTest, JunitIsWellFormedAndCountsFailures) {
  const support::ScratchDirectory directory;
  const auto file = directory.path() / "report.xml";
  // The open string and the statement would break XML that is not escaped.
  const auto run =
      run_conformance(on_memory_switch({"--only", "7.4/*", "--format", "junit", "--output",
                                        file.string(), "--close-info", "<&\"'\x01\xff>"}),
                      {{"MEMORY_SWITCH_FAULT", "commit-does-not-forget"}});
  EXPECT_EQ(run.ending, exited(1)) << run.output;
  const auto parsed = support::run_program(
      {"/usr/bin/env", "python3", "-c",
       "import sys, xml.etree.ElementTree as x; r = x.parse(sys.argv[1]).getroot();"
       "c = list(r.iter('testcase')); f = list(r.iter('failure'));"
       "assert len(c) == int(r.get('tests')) and len(f) == int(r.get('failures')) > 0;"
       "assert len({t.get('name') for t in c}) == len(c)",
       file.string()});
  EXPECT_EQ(parsed.ending, exited(0)) << parsed.output;
}

TEST(ProgramTest, WhatCannotBeDrivenIsToldAndIsStatusTwo) {
  const std::string library = XAODBC_MEMORY_SWITCH_PATH;
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{}, "--library"},
      {{"--library", library}, "--switch or --getter"},
      {{"--library", library, "--getter", "memory_get_xa_switch"}, "--open-info"},
      {{"--library", "/no/such.so", "--switch", "x", "--open-info", ""}, "/no/such.so"},
      {{"--library", library, "--switch", "no_such", "--open-info", ""}, "no_such"},
      {{"--library", library, "--getter", "memory_get_xa_switch", "--open-info", "other"},
       "XAER_INVAL"},
      {on_memory_switch({"--sql-connection", "no_such"}), "no_such"},
      {on_memory_switch({"--format", "yaml"}), "yaml"},
      {on_memory_switch({"--only", "3/*", "--output", "/no/such/file"}), "/no/such/file"},
  };
  for (const auto& [arguments, said] : cases) {
    const auto run = run_conformance(arguments);
    EXPECT_EQ(run.ending, exited(2)) << said;
    EXPECT_THAT(run.output, HasSubstr(said));
  }
}

TEST(ProgramTest, WhatIsWrongWithAnOptionIsToldInOneShortLine) {
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"--patience", "0"}, "--patience: Value 0 not in range "},
      {{"--format", "xml"}, "--format: xml not in {json,junit,text}"},
      {{"--format", "1"}, "--format: 1 not in {json,junit,text}"},
      {{"--list", "--only", "nosuch"}, "no cell has such a name; see --list"},
      {on_memory_switch({"--only", "nosuch"}), "no cell has such a name; see --list"},
  };
  for (const auto& [arguments, said] : cases) {
    const auto run = run_conformance(arguments);
    EXPECT_EQ(run.ending, exited(2)) << said;
    EXPECT_THAT(run.output, StartsWith("xa-conformance: " + said));
    EXPECT_EQ(run.output.find('\n'), run.output.size() - 1);
    EXPECT_LT(run.output.size(), 100U);
  }
}

/// All of these would crash.
TEST(ProgramTest, SymbolOfTheOtherKindIsToldWithTheOptionThatFits) {
  const std::string memory = XAODBC_MEMORY_SWITCH_PATH;
  const std::string library = XAODBC_LIBRARY_PATH;
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"--library", memory, "--switch", "memory_get_xa_switch", "--open-info", "memory"},
       "is a function, not data; if it returns the switch, give --getter memory_get_xa_switch"},
      {{"--library", library, "--getter", "xaodbc_switch", "--open-info", ""},
       "is data, not a function; if it is the switch, give --switch xaodbc_switch"},
      {{"--library", library, "--switch", "xaodbc_switch", "--open-info", "", "--sql-connection",
        "xaodbc_switch"},
       "is data, not a function; --sql-connection needs a function"},
  };
  for (const auto& [arguments, said] : cases) {
    const auto run = run_conformance(arguments);
    EXPECT_EQ(run.ending, exited(2)) << said;
    EXPECT_THAT(run.output, HasSubstr(said));
  }
}

TEST(ProgramTest, CallThatDoesNotComeBackIsWrongAndEndsTheRun) {
  const auto run = run_for_json(
      on_memory_switch({"--patience", "1", "--only", "7.3/xa_forget/*/S[01]", "--only", "8.5/*"}),
      {{"MEMORY_SWITCH_FAULT", "hangs"}});
  EXPECT_EQ(run.finished.ending, exited(1)) << run.finished.output;
  EXPECT_THAT(run.cells("wrong"), testing::ElementsAre(StartsWith("7.3/xa_forget/TMNOFLAGS/S0")));
  EXPECT_THAT(run.cells("not driven"), Each(HasSubstr("did not come back")));
  EXPECT_THAT(run.cells("as the standard says"), IsEmpty());
}

TEST(ProgramTest, LastWordsOfASwitchThatCrashesNameTheCell) {
  const auto run = run_conformance(on_memory_switch({"--only", "7.3/xa_forget/TMNOFLAGS/S0"}),
                                   {{"MEMORY_SWITCH_FAULT", "crashes"}});
  EXPECT_EQ(run.ending, killed_by(SIGABRT));
  EXPECT_THAT(run.output, HasSubstr("crashed in the cell 7.3/xa_forget/TMNOFLAGS/S0"));
}

}  // namespace
}  // namespace xaodbc

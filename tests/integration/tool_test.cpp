#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

/// doctor finds fault with servers that flush nothing.
[[maybe_unused]] const bool kDurable = support::share_durable_servers();

using nlohmann::json;
using support::Finished;
using support::text_of;
using testing::HasSubstr;
using testing::Not;

/// The tool, run as an operator runs it, beside a transaction manager in this process.
class ToolTest : public TmTest {
 protected:
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  static Finished tool(std::vector<std::string> words) {
    words.insert(words.begin(), XAODBC_TOOL_PATH);
    Finished finished = support::run_program(words);
    EXPECT_THAT(finished.output, Not(HasSubstr("password=")));
    return finished;
  }
  Finished decide(const std::string& command, const std::string& branch) {
    return tool({command, "accounts", branch, "--reason", "ticket 4711", "--yes"});
  }
  /// In a process of its own, which leaves the branch in doubt.
  void prepare_and_die() {
    const auto work = [this] {
      Tm tm;
      ASSERT_EQ(tm.open(), XA_OK);
      prepare(tm, xid_, row_);
    };
    ASSERT_EQ(run_in_child(work), exited(0));
  }
  [[nodiscard]] std::string xid() const { return text_of(xid_); }

  /// The branch of this case in `scan --json`; null when it is not in it.
  json scanned(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"scan", "--json"});
    const Finished finished = tool(more);
    const json report = json::parse(finished.output);
    EXPECT_TRUE(report["errors"].empty()) << finished.output;
    EXPECT_EQ(finished.ending, exited(report["branches"].empty() ? 0 : 1));
    for (const json& branch : report["branches"]) {
      if (branch["xid"] == xid()) return branch;
    }
    return {};
  }
};

INSTANTIATE_TEST_SUITE_P(Servers, ToolTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& kind) { return support::name_of(kind.param); });

TEST_P(ToolTest, NothingInDoubtIsExitStatusZero) {
  const Finished finished = tool({"scan"});
  EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  EXPECT_EQ(finished.output, "no branch is in doubt\n");
}

TEST_P(ToolTest, PreparedBranchIsListedWithStateAgeAndXid) {
  prepare(tm_, xid_, row_);
  const json branch = scanned();
  EXPECT_EQ(branch["resource"], "accounts");
  EXPECT_EQ(branch["state"], "in-doubt");
  EXPECT_EQ(branch["server"]["lists_it"], true);
  EXPECT_EQ(branch["server"]["session_alive"], !on_sqlite()) << "in a file nobody is needed";
  EXPECT_LT(branch["age_seconds"], 60);
  const Finished text = tool({"scan", "accounts"});
  EXPECT_EQ(text.ending, exited(1));
  EXPECT_THAT(text.output, HasSubstr(xid()));
  EXPECT_THAT(text.output, HasSubstr(branch["id"].get<std::string>()));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_P(ToolTest, YoungBranchIsNotOlderThanAnHour) {
  prepare(tm_, xid_, row_);
  EXPECT_TRUE(scanned({"--older-than", "1h"}).is_null());
  EXPECT_FALSE(scanned({"--older-than", "0s"}).is_null());
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(ToolTest, WorkThatIsNotPreparedIsNotInDoubt) {
  begin(tm_, xid_, row_);
  EXPECT_TRUE(scanned().is_null());
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_TRUE(scanned().is_null());
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(ToolTest, UnreachableResourceHidesNoOther) {
  prepare(tm_, xid_, row_);
  config_.add_resource("broken", {{"connection", "Driver=/nonexistent/driver.so"}});
  const Finished finished = tool({"scan"});
  EXPECT_EQ(finished.ending, exited(2));
  EXPECT_THAT(finished.output, HasSubstr(xid()));
  EXPECT_THAT(finished.output, HasSubstr("xaodbc: broken: cannot connect"));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_P(ToolTest, ShowTellsServerLogAndConsequences) {
  prepare(tm_, xid_, row_);
  const Finished finished = tool({"show", "accounts", scanned()["id"]});
  EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr(xid()));
  EXPECT_THAT(finished.output, HasSubstr("preparing"));
  EXPECT_THAT(finished.output, HasSubstr("XA_HEURCOM"));
  const Finished as_json = tool({"show", "accounts", xid(), "--json"});
  EXPECT_EQ(json::parse(as_json.output)["state"], "in-doubt");
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_P(ToolTest, BranchThatIsNowhereIsUnknown) {
  EXPECT_EQ(tool({"show", "accounts", xid()}).ending, exited(1));
  EXPECT_EQ(decide("commit", xid()).ending, exited(1));
  EXPECT_EQ(tool({"forget", "accounts", xid(), "--yes"}).ending, exited(1));
}

TEST_P(ToolTest, CommitByTheOperatorIsToldToTheTransactionManagerUntilItForgets) {
  prepare(tm_, xid_, row_);
  const Finished finished = decide("commit", scanned()["id"]);
  EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  EXPECT_TRUE(has_row(row_));
  const json branch = scanned();
  EXPECT_EQ(branch["state"], "heuristic");
  EXPECT_EQ(branch["heuristic"]["reason"], "ticket 4711");
  EXPECT_EQ(branch["heuristic"]["outcome"], "committed");
  EXPECT_THAT(tm_.recover(), testing::Contains(xid()));
  EXPECT_EQ(tm_.rollback(xid_), XA_HEURCOM);
  EXPECT_EQ(tm_.rollback(xid_), XA_HEURCOM);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  EXPECT_TRUE(scanned().is_null());
}

TEST_P(ToolTest, RollbackByTheOperatorIsToldToTheTransactionManager) {
  prepare(tm_, xid_, row_);
  EXPECT_EQ(decide("rollback", xid()).ending, exited(0));
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(tm_.commit(xid_), XA_HEURRB);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
}

TEST_P(ToolTest, ForgetDropsTheDecisionAndNotTheData) {
  prepare_and_die();
  EXPECT_EQ(tool({"forget", "accounts", xid(), "--yes"}).ending, exited(1));
  EXPECT_EQ(decide("commit", xid()).ending, exited(0));
  EXPECT_EQ(tool({"forget", "accounts", xid(), "--yes"}).ending, exited(0));
  EXPECT_TRUE(scanned().is_null());
  EXPECT_TRUE(has_row(row_));
  EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
}

TEST_P(ToolTest, DecidedBranchIsNotDecidedAgain) {
  prepare(tm_, xid_, row_);
  EXPECT_EQ(decide("commit", xid()).ending, exited(0));
  EXPECT_EQ(decide("commit", xid()).ending, exited(1));
  EXPECT_EQ(decide("rollback", xid()).ending, exited(1));
  EXPECT_TRUE(has_row(row_));
  EXPECT_EQ(tm_.commit(xid_), XA_HEURCOM);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
}

TEST_P(ToolTest, WithoutYesAndWithoutATerminalNothingHappens) {
  prepare(tm_, xid_, row_);
  const Finished finished = tool({"commit", "accounts", xid(), "--reason", "ticket 4711"});
  EXPECT_EQ(finished.ending, exited(1));
  EXPECT_THAT(finished.output, HasSubstr("--yes"));
  EXPECT_EQ(scanned()["state"], "in-doubt");
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_P(ToolTest, BranchOfADeadProcessIsDecidedAndItsTransactionManagerIsToldLater) {
  prepare_and_die();
  EXPECT_EQ(scanned()["state"], "in-doubt");
  EXPECT_EQ(decide("rollback", xid()).ending, exited(0));
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(tm_.commit(xid_), XA_HEURRB);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
}

#ifdef XAODBC_FAIL_POINTS

/// The tool itself dies, before or after the server heard of the decision.
class CutOffToolTest : public ToolTest {
 protected:
  void die_at(const std::string& point) {
    const Finished finished = support::run_program(
        {XAODBC_TOOL_PATH, "commit", "accounts", xid(), "--reason", "first", "--yes"},
        {{"XAODBC_FAIL_POINT", point}});
    ASSERT_EQ(finished.ending, killed_by(SIGKILL)) << finished.output;
    EXPECT_EQ(scanned()["state"], "pending");
  }
  void tell_tm() {
    EXPECT_EQ(tm_.commit(xid_), XA_HEURCOM);
    EXPECT_EQ(tm_.forget(xid_), XA_OK);
  }
};

INSTANTIATE_TEST_SUITE_P(Servers, CutOffToolTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& kind) { return support::name_of(kind.param); });

TEST_P(CutOffToolTest, DecisionThatWasNotSentIsCompletedByRepeatingIt) {
  prepare_and_die();
  die_at("heuristic_record_written");
  EXPECT_EQ(decide("rollback", xid()).ending, exited(1));
  EXPECT_EQ(decide("commit", xid()).ending, exited(0));
  EXPECT_TRUE(has_row(row_));
  tell_tm();
}

TEST_P(CutOffToolTest, DecisionThatWasCarriedOutIsNotedByRepeatingIt) {
  prepare_and_die();
  die_at("heuristic_acted");
  EXPECT_EQ(tool({"forget", "accounts", xid(), "--yes"}).ending, exited(1));
  EXPECT_EQ(decide("commit", xid()).ending, exited(0));
  EXPECT_EQ(scanned()["state"], "heuristic");
  EXPECT_TRUE(has_row(row_));
  tell_tm();
}

TEST_P(CutOffToolTest, DecisionThatWasNotSentCanBeWithdrawn) {
  prepare_and_die();
  die_at("heuristic_record_written");
  EXPECT_EQ(tool({"forget", "accounts", xid(), "--yes"}).ending, exited(0));
  EXPECT_EQ(scanned()["state"], "in-doubt");
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

#endif

TEST_P(ToolTest, BranchThatVanishedBehindOurBackIsShownAndNotFinished) {
  prepare_and_die();
  support::commit_behind_our_back(server());
  const json branch = scanned();
  EXPECT_EQ(branch["state"], "vanished");
  EXPECT_EQ(branch["server"]["proof"], has_proof() ? "committed" : "nothing");
  EXPECT_EQ(decide("rollback", xid()).ending, exited(1));
  EXPECT_TRUE(has_row(row_));
  const auto answer = tm_.commit(xid_);
  EXPECT_EQ(answer, has_proof() ? XA_OK : XA_HEURHAZ);
  if (!has_proof()) {
    EXPECT_EQ(tm_.forget(xid_), XA_OK);
  }
}

TEST_P(ToolTest, RootLeavesNothingInTheLogThatItsOwnerCannotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  if (on_sqlite()) GTEST_SKIP() << "the database file is the owner's alone, too";
  constexpr uid_t kNobody = 65534;
  prepare_and_die();
  const support::ScratchDirectory elsewhere;
  const auto log = elsewhere.path() / "log";
  std::filesystem::permissions(elsewhere.path(), std::filesystem::perms(0711));
  std::filesystem::create_directory(log);
  ASSERT_EQ(::chown(log.c_str(), kNobody, kNobody), 0);
  config_.set("log", log.string());
  config_.add_resource("accounts", {{"connection", server().connection(support::Transport::kTcp)}});
  EXPECT_EQ(scanned()["state"], on_mariadb() ? "foreign" : "unlogged");
  EXPECT_TRUE(std::filesystem::is_empty(log));
  const Finished finished = decide("commit", xid());
  EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  EXPECT_EQ(scanned()["state"], "heuristic");
  for (const auto& segment : std::filesystem::directory_iterator(log)) {
    struct stat facts {};
    ASSERT_EQ(::stat(segment.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_uid, kNobody) << segment.path();
  }
  EXPECT_EQ(tool({"forget", "accounts", xid(), "--yes"}).ending, exited(0));
  EXPECT_THAT(tm_.rollback(xid_), AnyOf(XA_HEURCOM, XA_HEURHAZ));
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
}

TEST_P(ToolTest, RootMakesNoLogThatItsApplicationsCouldNotUse) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  prepare_and_die();
  const support::ScratchDirectory elsewhere;
  const auto log = elsewhere.path() / "log";
  config_.set("log", log.string());
  config_.add_resource("accounts", {{"connection", server().connection(support::Transport::kTcp)}});
  const Finished finished = decide("commit", xid());
  EXPECT_EQ(finished.ending, exited(2));
  EXPECT_THAT(finished.output, HasSubstr("install -d -m 0700 -o USER " + log.string()));
  EXPECT_FALSE(std::filesystem::exists(log));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_P(ToolTest, DoctorFindsAHealthyConfigurationFine) {
  const Finished finished = tool({"doctor", "--json"});
  EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  const json report = json::parse(finished.output);
  for (const json& finding : report["findings"]) {
    EXPECT_NE(finding["level"], "problem") << finding;
  }
}

TEST_P(ToolTest, DoctorExplainsAWrongPassword) {
  if (on_sqlite()) GTEST_SKIP() << "SQLite knows no passwords";
  const support::ScratchDirectory secrets;
  config_.add_resource("accounts",
                       {{"password_file", secrets.write("wrong", "hunter2\n").string()}});
  const Finished finished = tool({"doctor", "accounts"});
  EXPECT_EQ(finished.ending, exited(1));
  EXPECT_THAT(finished.output, HasSubstr("correct user, password or password_file"));
  EXPECT_THAT(finished.output, Not(HasSubstr("hunter2")));
}

TEST_P(ToolTest, LogOfABranchInDoubtIsWholeAndCanBeRead) {
  prepare(tm_, xid_, row_);
  EXPECT_EQ(tool({"log", "verify"}).ending, exited(0));
  const Finished dump = tool({"log", "dump"});
  EXPECT_EQ(dump.ending, exited(0));
  EXPECT_THAT(dump.output, HasSubstr(xid()));
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

/// What is installed beside it is found there, and not where the operator happens to work.
TEST_P(ToolTest, ToolThatIsFoundInPathFindsWhatIsInstalledBesideIt) {
  const support::ScratchDirectory here;
  for (const char* planted : {"xaodbc", "libxaodbc-sqlite.so", "libxaodbc-filter.so"}) {
    static_cast<void>(here.write(planted, "not ours"));
  }
  const std::string programs = std::filesystem::path(XAODBC_TOOL_PATH).parent_path();
  for (const std::filesystem::path& directory : {here.path(), std::filesystem::path("/")}) {
    const Finished finished =
        support::run_program({"/usr/bin/env", "-C", directory, "xaodbc", "doctor", "accounts"},
                             {{"PATH", programs + ":/usr/bin:/bin"}});
    EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  }
}

TEST(ToolUsage, WordThatIsNoCommandIsNamed) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"recover"}, std::vector<std::string>{"log", "recover"}}) {
    std::vector<std::string> line = words;
    line.insert(line.begin(), XAODBC_TOOL_PATH);
    const Finished finished = support::run_program(line);
    EXPECT_EQ(finished.ending, exited(2));
    EXPECT_THAT(finished.output, HasSubstr("there is no command 'recover'"));
  }
}

TEST(ToolUsage, FileThatDescribesNoResourceIsNotSaidToBeFine) {
  const support::ScratchConfig config;
  EXPECT_EQ(support::run_program({XAODBC_TOOL_PATH, "doctor"}).ending, exited(1));
  const Finished scan = support::run_program({XAODBC_TOOL_PATH, "scan", "--json"});
  EXPECT_EQ(scan.ending, exited(2));
  EXPECT_THAT(scan.output, HasSubstr("describes no resource"));
}

TEST(Demo, TellsItsStoryOnBothServersAndLeavesNothingBehind) {
  support::start_shared_servers();
  support::ScratchConfig config;
  auto& a = support::shared_server(ServerKind::kPostgresql);
  auto& b = support::shared_server(ServerKind::kMariadb);
  config.add_resource("bank-a", a);
  config.add_resource("bank-b", b);
  const Finished finished =
      support::run_program({XAODBC_TOOL_PATH, "demo", "--library", XAODBC_LIBRARY_PATH});
  EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("No money was lost"));
  EXPECT_THAT(finished.output, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(prepared_on(a), IsEmpty());
  EXPECT_THAT(prepared_on(b), IsEmpty());
  for (auto* server : {&a, &b}) {
    EXPECT_EQ(server->connect().scalar("SELECT count(*) FROM information_schema.tables WHERE "
                                       "table_name LIKE 'xaodbc_demo_%'"),
              "0");
  }
}

}  // namespace
}  // namespace xaodbc

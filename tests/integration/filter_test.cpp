#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sql.h>
#include <sqlext.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/integration/odbc_kit.h"
#include "tests/integration/seeing_program.h"

namespace xaodbc::odbc {
namespace {

using testing::ElementsAreArray;

PrivateServer& postgresql() { return support::shared_server(ServerKind::kPostgresql); }

/// What an application does first in its branch.
struct Case {
  std::string name;
  std::function<void(Program&)> run;
};

Case text(std::string name, std::string sql) {
  return {std::move(name), [sql = std::move(sql)](Program& program) {
            program.direct(sql);
            program.direct_wide(sql);
          }};
}

std::vector<Case> texts() {
  return {
      text("Insert", "INSERT INTO ledger VALUES (-10, 1), (-11, 2)"),
      text("Update", "UPDATE ledger SET v = v + 1 WHERE id IN (-1, -2)"),
      text("UpdateOfNothing", "UPDATE ledger SET v = 1 WHERE id = -77"),
      text("Returning", "DELETE FROM ledger WHERE id = -1 RETURNING id, v"),
      text("Select", "SELECT id, v, 'a' AS letter FROM ledger WHERE id < 0 ORDER BY id"),
      text("SelectForUpdate", "SELECT v FROM ledger WHERE id = -1 FOR UPDATE"),
      text("With", "WITH w AS (SELECT 1 AS one) SELECT * FROM w"),
      text("BlanksAndComments", "\n  /* a; */ -- b\n SELECT v FROM ledger WHERE id = -1 -- c"),
      text("Several",
           "INSERT INTO ledger VALUES (-12, 1); SELECT 2 AS two;"
           "UPDATE ledger SET v = 3 WHERE id = -12"),
      text("SeveralOfWhichOneFails", "INSERT INTO ledger VALUES (-13, 1); SELECT 1/0; SELECT 2"),
      text("SyntaxError", "SELECT v FORM ledger"),
      text("SyntaxErrorAtTheEnd", "SELECT v FROM ledger WHERE"),
      text("UnclosedText", "SELECT 'v FROM ledger"),
      text("NoSuchColumn", "SELECT v, w FROM ledger"),
      text("DivisionByZero", "SELECT 1/0"),
      text("DuplicateKey", "INSERT INTO ledger VALUES (-1, 1)"),
      text("WrongBytes", "SELECT '\xff\xfe'"),
      text("Nothing", ""),
      text("OnlyAComment", "-- nothing"),
      text("Escapes", "SELECT {d '2020-01-02'}, {fn length('abc')}"),
      text("Procedure", "{call abs(-1)}"),
      text("Savepoint", "SAVEPOINT a; ROLLBACK TO a; RELEASE a"),
      text("Begin", "BEGIN"),
      text("SetLocal", "SET LOCAL lock_timeout = 1000"),
      text("Show", "SHOW lock_timeout"),
      text("Do", "DO $$ BEGIN RAISE NOTICE 'said'; END $$"),
      text("TemporaryTable", "CREATE TEMPORARY TABLE scratch ON COMMIT DROP AS SELECT 1 AS one"),
      text("Cursor", "DECLARE mine CURSOR FOR SELECT 1; FETCH mine"),
      text("Commit", "COMMIT"),
      text("Rollback", "/* no */ ROLLBACK"),
      text("InsertAndCommit", "UPDATE ledger SET v = v WHERE id = -1; COMMIT"),
      text("CommitAndUpdate", "COMMIT; UPDATE ledger SET v = v WHERE id = -1"),
      text("CommitAndBegin", "COMMIT; BEGIN; UPDATE ledger SET v = v WHERE id = -1"),
      text("CommitAndFailure", "SELECT 1; COMMIT; SELECT 1/0"),
      text("CommitAndChain", "COMMIT AND CHAIN; UPDATE ledger SET v = v WHERE id = -1"),
  };
}

void with_parameters(Program& program, bool prepared) {
  std::string id = "-1";
  std::string word = "it's";
  program.bind(1, id, SQL_INTEGER);
  program.bind(2, word);
  const std::string sql = "SELECT v, ?, ? FROM ledger WHERE id = -1";
  if (!prepared) return program.direct(sql);
  program.prepare(sql);
  program.note_columns();
  program.execute();
  program.execute();
}

void data_at_execution(Program& program) {
  SQLLEN length = SQL_DATA_AT_EXEC;
  SQLBindParameter(program.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0,
                   reinterpret_cast<SQLPOINTER>(std::uintptr_t{7}), 0, &length);
  std::string sql = "SELECT 'x' || ?";
  program.note("direct", SQLExecDirect(program.handle(), chars(sql), SQL_NTS));
  SQLPOINTER which = nullptr;
  program.note("data", SQLParamData(program.handle(), &which));
  std::string part = "abc";
  program.note("put", SQLPutData(program.handle(), part.data(), 3));
  program.note("put", SQLPutData(program.handle(), part.data(), 2));
  program.note_all("data", SQLParamData(program.handle(), &which));
}

void positioned_update(Program& program) {
  program.set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_KEYSET_DRIVEN);
  program.set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_ROWVER);
  std::string sql = "SELECT id, v FROM ledger WHERE id = -2";
  SQLINTEGER value = 0;
  SQLBindCol(program.handle(), 2, SQL_C_SLONG, &value, 0, nullptr);
  program.note("direct", SQLExecDirect(program.handle(), chars(sql), SQL_NTS));
  program.note_columns();
  program.note("fetch", SQLFetchScroll(program.handle(), SQL_FETCH_FIRST, 0));
  value = 77;
  program.note("update", SQLSetPos(program.handle(), 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE));
  SQLFreeStmt(program.handle(), SQL_CLOSE);
  SQLFreeStmt(program.handle(), SQL_UNBIND);
  program.direct("SELECT v FROM ledger WHERE id = -2");
}

std::vector<Case> calls() {
  std::string ledger = "ledger";
  return {
      {"ParametersDirect", [](Program& p) { with_parameters(p, false); }},
      {"ParametersPrepared", [](Program& p) { with_parameters(p, true); }},
      {"MissingParameter", [](Program& p) { p.direct("SELECT ?"); }},
      {"PreparedWide",
       [](Program& p) {
         p.prepare_wide("UPDATE ledger SET v = 5 WHERE id = -1");
         p.execute();
       }},
      {"PreparedAndWrong",
       [](Program& p) {
         p.prepare("SELECT v FORM ledger");
         p.note_columns();
         p.execute();
       }},
      {"DataAtExecution", data_at_execution},
      {"PositionedUpdate", positioned_update},
      {"QueryTimeout",
       [](Program& p) {
         p.set(SQL_ATTR_QUERY_TIMEOUT, 7);
         p.direct("SHOW statement_timeout");
         p.set(SQL_ATTR_QUERY_TIMEOUT, 0);
         p.direct("SHOW statement_timeout");
       }},
      {"Tables",
       [ledger](Program& p) mutable {
         p.note_all("tables", SQLTables(p.handle(), nullptr, 0, nullptr, 0, chars(ledger), SQL_NTS,
                                        nullptr, 0));
       }},
      {"TablesWide",
       [name = wide(ledger)](Program& p) mutable {
         p.note_all("tables",
                    SQLTablesW(p.handle(), nullptr, 0, nullptr, 0, name.data(), 6, nullptr, 0));
       }},
      {"Columns",
       [ledger](Program& p) mutable {
         p.note_all("columns", SQLColumns(p.handle(), nullptr, 0, nullptr, 0, chars(ledger),
                                          SQL_NTS, nullptr, 0));
       }},
      {"Keys",
       [ledger](Program& p) mutable {
         p.note_all("keys",
                    SQLPrimaryKeys(p.handle(), nullptr, 0, nullptr, 0, chars(ledger), SQL_NTS));
       }},
      {"Statistics",
       [ledger](Program& p) mutable {
         p.note_all("statistics", SQLStatistics(p.handle(), nullptr, 0, nullptr, 0, chars(ledger),
                                                SQL_NTS, SQL_INDEX_ALL, SQL_QUICK));
       }},
      {"Types", [](Program& p) { p.note_all("types", SQLGetTypeInfo(p.handle(), SQL_INTEGER)); }},
  };
}

struct Mode {
  std::string name;
  std::string more{};  ///< of the connection string
  bool ansi = false;   ///< through the driver without W functions
  config::FailedStatement failed_statement = config::FailedStatement::kAbort;
};

config::ResourceSettings with_filter(bool filter, const Mode& mode = {}) {
  auto settings = settings_for(postgresql());
  std::string connection = std::string(settings.connection.reveal()) + ";" + mode.more;
  if (mode.ansi) connection.replace(connection.find("psqlodbcw.so"), 12, "psqlodbca.so");
  settings.connection = Secret(connection);
  settings.failed_statement = mode.failed_statement;
  settings.filter = filter;
  return settings;
}

class FilterTest : public testing::TestWithParam<Mode> {
 protected:
  static void SetUpTestSuite() {
    make_ledger(postgresql());
    postgresql().execute("INSERT INTO ledger VALUES (-1, 10), (-2, 20)");
  }
  /// Without the words, which the driver and libpq choose differently.
  static std::string answer_of(const Result<Vote>& vote) {
    if (vote) return vote->read_only ? "read-only" : "prepared";
    return "refused " + std::to_string(static_cast<int>(vote.error().code())) + " " +
           std::to_string(static_cast<int>(vote.error().reason()));
  }
  static void in_a_branch(const Kit& kit, Connection& connection,
                          const std::function<void()>& work) {
    const BranchName branch = kit.name(connection, Xid::create(9, "before", "b").value());
    Kit::must(kit.dialect().start(connection, branch, soon()), "start");
    work();
    const auto vote = kit.dialect().prepare(connection, branch, soon());
    Kit::must(vote ? Status::ok() : vote.error(), "prepare");
    Kit::must(kit.dialect().finish_prepared(connection, branch, Decision::kRollback, soon()),
              "rollback");
  }
  /// What a program sees that does this first in a branch and goes on, and the vote.
  static std::vector<std::string> seen(bool filter, const Case& first) {
    const Kit kit(with_filter(filter, GetParam()));
    const auto connection = kit.connect();
    EXPECT_EQ(bool(connection->wire), filter);
    // Only an update: the driver is led from this branch into the next one.
    in_a_branch(kit, *connection,
                [&] { Kit::run(*connection, "UPDATE ledger SET v = v + 1 WHERE id = -1"); });
    const BranchName branch = kit.name(*connection, Xid::create(9, "filter", "b").value());
    Kit::must(kit.dialect().start(*connection, branch, soon()), "start");
    Program program(connection->handle());
    first.run(program);
    program.direct("SELECT count(*) FROM ledger WHERE id < 0");
    std::vector<std::string> lines = program.seen();
    const auto vote = kit.dialect().prepare(*connection, branch, soon());
    lines.push_back(answer_of(vote));
    if (vote && !vote->read_only) {
      Kit::must(kit.dialect().finish_prepared(*connection, branch, Decision::kRollback, soon()),
                "rollback");
    }
    EXPECT_TRUE(connection->fit()) << first.name;
    return lines;
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, FilterTest,
    testing::Values(Mode{.name = "Default"},
                    Mode{.name = "ParametersInText", .more = "UseServerSidePrepare=0"},
                    Mode{.name = "Cursors", .more = "UseDeclareFetch=1;Fetch=1"},
                    Mode{.name = "Places", .more = "UpdatableCursors=1"},
                    Mode{.name = "Positions", .more = "OptionalErrors=1"},
                    Mode{.name = "Ansi", .ansi = true},
                    Mode{.name = "Undo", .failed_statement = config::FailedStatement::kUndo}),
    [](const auto& instance) { return instance.param.name; });

/// The driver has them freed by texts of its own, whenever the application frees the statements.
TEST_P(FilterTest, FreedStatementsLeaveNoMorePlansOnTheServer) {
  const auto left = [this](bool filter) {
    const Kit kit(with_filter(filter, GetParam()));
    const auto connection = kit.connect();
    for (int i = 0; i < 3; ++i) {
      std::string value = "-1";
      Program program(connection->handle());
      program.prepare("UPDATE ledger SET v = v WHERE id = ?");
      program.bind(1, value);
      for (int branch = 0; branch < 3; ++branch) {
        in_a_branch(kit, *connection, [&] { program.execute(); });
      }
      in_a_branch(kit, *connection, [&] { Kit::run(*connection, "UPDATE ledger SET v = v"); });
    }
    const Answer plans =
        execute_on(connection->handle(),
                   "SELECT name FROM pg_prepared_statements WHERE starts_with(name, '_PLAN')");
    EXPECT_TRUE(plans.ok) << plans.diagnostics.to_string();
    return plans.rows.size();
  };
  EXPECT_EQ(left(true), left(false));
}

TEST_P(FilterTest, ProgramSeesTheSameWithAndWithout) {
  auto cases = texts();
  for (auto& call : calls()) cases.push_back(std::move(call));
  for (const auto& first : cases) {
    const auto without = seen(false, first);
    EXPECT_THAT(seen(true, first), ElementsAreArray(without)) << first.name;
  }
}

}  // namespace
}  // namespace xaodbc::odbc

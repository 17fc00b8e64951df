#include <string_view>
#include <vector>

#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

/// Interrupts a connection, as another thread would, when its n-th statement begins or when that
/// has come a bit further; an interrupt stays in force while the SELECT runs that calls a verb.
class Interrupter {
 public:
  explicit Interrupter(Database& database) : db_(database.handle()) {}
  Interrupter(const Interrupter&) = delete;
  Interrupter& operator=(const Interrupter&) = delete;
  ~Interrupter() {
    sqlite3_trace_v2(db_, 0, nullptr, nullptr);
    sqlite3_progress_handler(db_, 0, nullptr, nullptr);
  }

  void at_statement(int n) {
    left_ = n;
    sqlite3_trace_v2(
        db_, SQLITE_TRACE_STMT, [](unsigned, void* self, void*, void*) { return count(self); },
        this);
  }
  void at_step(int n) {
    left_ = n;
    sqlite3_progress_handler(db_, 10, &count, this);
  }
  [[nodiscard]] bool has_come() const { return left_ <= 0; }

 private:
  static int count(void* given) {
    auto* self = static_cast<Interrupter*>(given);
    if (--self->left_ == 0) sqlite3_interrupt(self->db_);
    return 0;
  }

  sqlite3* db_;
  int left_ = 0;
};

/// Wherever a verb is interrupted, what it answers is so and the file is free.
class InterruptTest : public SqliteTest {
 protected:
  using When = void (Interrupter::*)(int);
  static constexpr When kWhen[] = {&Interrupter::at_statement, &Interrupter::at_step};

  void SetUp() override {
    make(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v CHECK(v < 100));"
        "INSERT INTO t SELECT value, value, 0 FROM json_each('[1,2,3,4,5,6,7,8]')");
    prepare("UPDATE t SET v = 0.5", "first");
    ASSERT_EQ(roll_back("first"), "rolled back");
  }

  /// What is asked of `verb`, which `before` makes ready, wherever it is interrupted.
  template <class Before, class Look>
  void interrupt(const std::string& verb, const Before& before, const Look& look) {
    for (const When when : kWhen) {
      for (int n = 1;; ++n) {
        Database database(file());
        before(database);
        Interrupter interrupter(database);
        (interrupter.*when)(n);
        const std::string answer = database.call(verb, "g");
        if (!interrupter.has_come()) break;
        ASSERT_LT(n, 10'000);
        // Before the verb was called.
        if (n == 1 && is_at_work(database)) continue;
        EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 1) << n << ": " << answer;
        look(database, answer);
        if (HasFailure()) return;
      }
    }
  }

  static bool is_at_work(Database& database) {
    return sqlite3_get_autocommit(database.handle()) == 0 &&
           database.call("xaodbc_rollback", "g") == "rolled back";
  }
  static void work(Database& database) {
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    ASSERT_EQ(database.run("UPDATE t SET v = 1"), "");
  }
  [[nodiscard]] bool is_changed() { return ask("SELECT DISTINCT v FROM t") == "1"; }
  void change_back() { ASSERT_EQ(run("UPDATE t SET v = 0"), ""); }
};

TEST_F(InterruptTest, BranchThatIsNotPreparedIsRolledBackAndTheFileIsFree) {
  const auto work_anew = [&](Database& database) {
    if (!in_doubt().empty()) roll_back();
    work(database);
  };
  interrupt("xaodbc_prepare", work_anew, [&](Database& database, const std::string& answer) {
    const bool listed = !in_doubt().empty();
    if (answer.find("is rolled back") != std::string::npos) {
      EXPECT_FALSE(listed);
      EXPECT_EQ(database.code(), SQLITE_INTERRUPT) << answer;
    } else if (answer != "error: interrupted") {
      EXPECT_TRUE(listed) << answer;
    }
    if (!listed) change_back();
    EXPECT_EQ(database.call("xaodbc_start", "h"), "started");
  });
  EXPECT_EQ(roll_back(), "rolled back");
  expect_clean();
}

TEST_F(InterruptTest, OnePhaseIsCommittedOrRolledBackAsItSays) {
  interrupt("xaodbc_commit_one_phase", &work, [&](Database& database, const std::string& answer) {
    if (answer.find("is rolled back") != std::string::npos) {
      EXPECT_FALSE(is_changed());
    } else if (answer != "error: interrupted") {
      EXPECT_TRUE(is_changed()) << answer;
    }
    change_back();
    EXPECT_EQ(database.call("xaodbc_start", "h"), "started");
  });
}

TEST_F(InterruptTest, StartLeavesNoTransaction) {
  for (int n = 1; n < 40; ++n) {
    Database database(file());
    Interrupter interrupter(database);
    interrupter.at_statement(n);
    const std::string answer = database.call("xaodbc_start", "g");
    if (answer.find("error: xaodbc: ") == std::string::npos) continue;
    EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 1) << n << ": " << answer;
    change_back();
    EXPECT_EQ(database.call("xaodbc_start", "g"), "started");
  }
}

TEST_F(InterruptTest, DecisionIsMadeOrNotAndTheConnectionIsAsItWas) {
  for (const std::string verb : {"xaodbc_commit", "xaodbc_rollback"}) {
    const auto prepare_first = [&](Database&) {
      if (!in_doubt().empty()) return;
      change_back();
      prepare("UPDATE t SET v = 1");
    };
    interrupt(verb, prepare_first, [&](Database& database, const std::string&) {
      EXPECT_EQ(is_changed(), verb == "xaodbc_commit" && in_doubt().empty());
      EXPECT_THAT(database.run("INSERT INTO t VALUES(9, 9, 100)"), HasSubstr("CHECK constraint"));
    });
  }
  expect_clean();
}

TEST_F(InterruptTest, BranchWithAnOpenCursorIsEnded) {
  Database worker(file());
  const std::string quoted = worker.ask("SELECT xaodbc_session()");
  work(worker);
  sqlite3_stmt* cursor = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(worker.handle(), "SELECT * FROM t", -1, &cursor, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_step(cursor), SQLITE_ROW);
  EXPECT_EQ(Database(file()).call("xaodbc_end_session", quoted.substr(1, quoted.size() - 2)),
            "ended");
  EXPECT_EQ(sqlite3_step(cursor), SQLITE_INTERRUPT);
  sqlite3_finalize(cursor);
  change_back();
  EXPECT_THAT(worker.call("xaodbc_prepare", "g"), HasSubstr("branch g is rolled back"));
}

/// Whoever keeps ROLLBACK from us, here an authorizer of the application.
class HeldTest : public InterruptTest {
 protected:
  static void forbid_rollback(Database& database) {
    sqlite3_set_authorizer(
        database.handle(),
        [](void*, int action, const char* first, const char*, const char*, const char*) {
          const bool ends = action == SQLITE_TRANSACTION && std::string_view(first) == "ROLLBACK";
          return ends ? SQLITE_DENY : SQLITE_OK;
        },
        nullptr);
  }

  /// Nothing of the transaction that is still open can be seen or committed, and the next verb ends
  /// it.
  void expect_held(Database& database) {
    EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 0);
    for (const std::string sql : {"COMMIT", "SELECT * FROM t", "INSERT INTO t VALUES(9, 9, 9)"}) {
      EXPECT_NE(database.run(sql), "") << sql;
    }
    EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 0);
    EXPECT_EQ(database.call("xaodbc_start", "h"), "started");
    EXPECT_EQ(database.call("xaodbc_rollback", "h"), "rolled back");
    EXPECT_EQ(database.run("UPDATE t SET v = 0"), "") << "the connection is everybody's again";
  }
};

TEST_F(HeldTest, BranchThatCannotBeRolledBackIsNotSaidToBe) {
  make("CREATE TABLE keyless(v)");
  for (const std::string verb : {"xaodbc_prepare", "xaodbc_rollback"}) {
    Database database(file());
    work(database);
    ASSERT_EQ(database.run("INSERT INTO keyless VALUES(1)"), "");
    forbid_rollback(database);
    EXPECT_THAT(database.call(verb, "g"), HasSubstr("what becomes of branch g is not known"));
    expect_held(database);
    EXPECT_EQ(ask("SELECT * FROM keyless"), "");
  }
  EXPECT_EQ(in_doubt(), "");
}

TEST_F(HeldTest, DecisionThatCannotBeRolledBackIsNotCommittedByTheApplication) {
  make("CREATE TABLE other(id INTEGER PRIMARY KEY, v)");
  prepare("UPDATE t SET v = 1; INSERT INTO other VALUES(1, 1)");
  ASSERT_EQ(run("ALTER TABLE other RENAME TO gone"), "");
  Database database(file());
  forbid_rollback(database);
  EXPECT_THAT(database.call("xaodbc_commit", "g"), HasSubstr("is not known"));
  EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 0);
  EXPECT_NE(database.run("COMMIT"), "");
  EXPECT_EQ(database.call("xaodbc_rollback", "g"), "rolled back");
  EXPECT_FALSE(is_changed());
  expect_clean();
}

}  // namespace
}  // namespace xaodbc::sqlite

#include "tests/torture/worker.h"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sqlite/moment.h"
#include "tests/torture/database.h"
#include "tests/torture/ledger.h"
#include "tests/torture/work.h"

namespace xaodbc::torture {
namespace {

bool is_fenced(const std::string& failure) {
  return failure.find("xaodbc: a prepared branch") != std::string::npos;
}

/// As SQLite says it, and as the extension does.
bool is_busy(const Database& database) {
  const int code = database.code() & 0xff;
  return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

std::string name(std::uint32_t number) { return "b" + std::to_string(number); }

/// The same whoever asks.
bool is_to_commit(std::uint32_t number) { return (number * 2654435761U >> 7) % 10 < 6; }

void do_statements(Board& board, Database& database, Work& work) {
  for (int left = 1 + work.number(8); left > 0; --left) {
    const std::string sql = work.statement();
    const bool within = work.chance(10);
    if (within) (void)database.run("SAVEPOINT mine");
    const std::string failure = database.run(sql);
    if (is_fenced(failure)) ++board.counters().fenced;
    if (is_fenced(failure) && sql == kAutoincrement) board.violated(sql + ": " + failure);
    if (within) (void)database.run(work.chance(50) ? "ROLLBACK TO mine" : "RELEASE mine");
  }
}

class Worker {
 public:
  Worker(Board& board, const std::filesystem::path& file, std::uint64_t seed, int incarnation)
      : board_(board), database_(file), work_(seed), incarnation_(incarnation) {
    database_.wait_eagerly();
    // The bridge commits by PERSIST, others as they please, in the same file.
    const std::string rare = work_.chance(50) ? "TRUNCATE" : "DELETE";
    const std::string mode = work_.chance(60) ? "PERSIST" : rare;
    (void)database_.run("PRAGMA journal_mode = " + mode);
  }

  void run() {
    while (!board_.stopping()) {
      if (work_.chance(3)) {
        const auto moment = static_cast<std::size_t>(work_.number(sqlite::kMomentNames.size()));
        setenv("XAODBC_SQLITE_MOMENT", sqlite::kMomentNames[moment].data(), 1);
      }
      // Some stay in doubt for long, so that others run into them.
      const auto left = take_left(static_cast<std::uint32_t>(work_.number(16)));
      if (left) {
        decide(*left);
      } else {
        begin();
      }
    }
  }

  bool decide_one() {
    const auto left = take_left(0);
    if (left) decide(*left);
    return left.has_value();
  }

 private:
  /// A branch that is not finished and has no owner, if there are more than so many.
  std::optional<std::uint32_t> take_left(std::uint32_t spared) {
    const std::uint32_t begun = board_.begun();
    std::vector<std::uint32_t> left;
    for (std::uint32_t number = board_.first_open(); number < begun; ++number) {
      const Slot& slot = board_.at(number);
      const Stage stage = slot.stage;
      if (stage == Stage::kUnused || is_finished(stage) || slot.owner != 0) continue;
      left.push_back(number);
    }
    while (left.size() > spared) {
      const auto place = static_cast<std::size_t>(work_.number(static_cast<int>(left.size())));
      const std::uint32_t number = left[place];
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(place));
      Slot& slot = board_.at(number);
      int nobody = 0;
      if (!slot.owner.compare_exchange_strong(nobody, incarnation_)) continue;
      if (!is_finished(slot.stage)) return number;
      slot.owner = 0;
    }
    return std::nullopt;
  }

  void finish(std::uint32_t number, Stage stage) {
    board_.at(number).stage = stage;
    board_.at(number).owner = 0;
    ++board_.counters().finished;
  }

  void begin() {
    const auto taken = board_.take();
    if (!taken) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return;
    }
    const std::uint32_t number = *taken;
    Slot& slot = board_.at(number);
    slot.owner = incarnation_;
    slot.stage = Stage::kAtWork;
    const std::string started = database_.call("xaodbc_start", name(number));
    if (started != "started") {
      if (!is_busy(database_)) board_.violated("start: " + started);
      ++board_.counters().busy;
      finish(number, Stage::kAbandoned);
      return;
    }
    bool changed = false;
    if (!do_work(number, changed)) return;
    if (work_.chance(10)) {
      roll_back_unprepared(number);
    } else if (work_.chance(15)) {
      commit_in_one_phase(number, changed);
    } else {
      prepare(number, changed);
    }
  }

  bool do_work(std::uint32_t number, bool& changed) {
    const Lines before = read_tables(database_);
    do_statements(board_, database_, work_);
    const std::string failure = write_ledger(database_, name(number), before, changed);
    if (failure.empty()) return true;
    board_.violated("ledger: " + failure);
    roll_back_unprepared(number);
    return false;
  }

  void roll_back_unprepared(std::uint32_t number) {
    const std::string answer = database_.call("xaodbc_rollback", name(number));
    if (answer != "rolled back") board_.violated("rollback of a branch at work: " + answer);
    finish(number, Stage::kAbandoned);
  }

  void commit_in_one_phase(std::uint32_t number, bool changed) {
    board_.at(number).stage = Stage::kOnePhase;
    std::string answer;
    do {
      answer = database_.call("xaodbc_commit_one_phase", name(number));
    } while (is_busy(database_));
    if (answer != "committed") board_.violated("one phase: " + answer);
    ++board_.counters().one_phase;
    finish(number, changed ? Stage::kCommitted : Stage::kReadOnly);
  }

  void prepare(std::uint32_t number, bool changed) {
    board_.at(number).stage = Stage::kPreparing;
    const std::string answer = database_.call("xaodbc_prepare", name(number));
    if (answer == "read-only" && !changed) {
      ++board_.counters().read_only;
      finish(number, Stage::kReadOnly);
    } else if (answer == "prepared") {
      ++board_.counters().prepared;
      board_.at(number).stage = Stage::kPrepared;
      if (work_.chance(25))
        decide(number);
      else
        board_.at(number).owner = 0;
    } else {
      if (!is_busy(database_)) board_.violated("prepare: " + answer);
      ++board_.counters().busy;
      finish(number, Stage::kAbandoned);
    }
  }

  void decide(std::uint32_t number) {
    Slot& slot = board_.at(number);
    const Stage before = slot.stage;
    const bool blind = before == Stage::kPreparing || before == Stage::kDecidingBlind;
    slot.stage = blind ? Stage::kDecidingBlind : Stage::kDeciding;
    const bool commits = is_to_commit(number);
    std::string answer;
    do {
      answer = database_.call(commits ? "xaodbc_commit" : "xaodbc_rollback", name(number));
      if (is_busy(database_)) ++board_.counters().busy;
    } while (is_busy(database_) && work_.chance(95));
    if (is_busy(database_)) {
      slot.owner = 0;
      return;
    }
    if (answer == (commits ? "committed" : "rolled back")) {
      ++(commits ? board_.counters().committed : board_.counters().rolled_back);
      finish(number, commits ? Stage::kCommitted : Stage::kRolledBack);
    } else if (answer == "unknown" && before != Stage::kPrepared) {
      const bool called = before != Stage::kPreparing;
      finish(number, !called            ? Stage::kNeverPrepared
                     : blind && commits ? Stage::kCommittedBlind
                     : commits          ? Stage::kCommitted
                                        : Stage::kRolledBack);
    } else {
      board_.violated("decision on " + name(number) + ": " + answer);
      finish(number, Stage::kCommittedBlind);
    }
  }

  Board& board_;
  Database database_;
  Work work_;
  int incarnation_;
};

}  // namespace

void work_on_branches(Board& board, const std::filesystem::path& file, std::uint64_t seed,
                      int incarnation) {
  Worker(board, file, seed, incarnation).run();
}

void decide_all(Board& board, const std::filesystem::path& file, int incarnation) {
  unsetenv("XAODBC_SQLITE_MOMENT");
  for (int calm = 0; calm < 2000;) {
    Worker worker(board, file, static_cast<std::uint64_t>(calm), incarnation);
    calm = worker.decide_one() ? 0 : calm + 1000;
  }
}

void work_as_stranger(Board& board, const std::filesystem::path& file, std::uint64_t seed) {
  Database database(file, Extension::kNone);
  database.wait_eagerly();
  Work work(seed);
  for (int i = 0; !board.stopping(); ++i) {
    if (!database.run("BEGIN IMMEDIATE").empty()) continue;
    const Lines before = read_tables(database);
    do_statements(board, database, work);
    bool changed = false;
    const std::string id = "s" + std::to_string(seed) + "." + std::to_string(i);
    const std::string failure = write_ledger(database, id, before, changed);
    if (!failure.empty()) board.violated("ledger of a stranger: " + failure);
    while (!database.run("COMMIT").empty()) {
      if (!is_busy(database)) {
        board.violated("commit of a stranger failed");
        return;
      }
    }
    ++board.counters().strangers;
    // Others want the file, too.
    std::this_thread::sleep_for(std::chrono::microseconds(work.number(2000)));
  }
}

}  // namespace xaodbc::torture

#include "tests/torture/judge.h"

#include <exception>
#include <sstream>
#include <stdexcept>

namespace xaodbc::torture {
namespace {

/// Lines of rows of one text column, without their quotes.
std::vector<std::string> texts(const std::string& rows) {
  std::vector<std::string> out;
  std::istringstream in(rows);
  for (std::string line; std::getline(in, line);) out.push_back(line.substr(1, line.size() - 2));
  return out;
}

std::string ask_list(Database& database) {
  const std::string there = "SELECT 1 FROM sqlite_schema WHERE name = 'xaodbc_branch'";
  return database.ask(there).empty() ? "" : database.ask("SELECT gid FROM xaodbc_branch");
}

void run_patiently(Database& database, const std::string& sql) {
  for (std::string failure = database.run(sql); !failure.empty(); failure = database.run(sql)) {
    if ((database.code() & 0xff) != SQLITE_BUSY) throw std::runtime_error(sql + ": " + failure);
  }
}

bool must_be_applied(Stage stage) { return stage == Stage::kCommitted; }
bool may_be_applied(Stage stage) {
  return stage == Stage::kCommitted || stage == Stage::kCommittedBlind;
}

}  // namespace

Judge::Stages Judge::stages() {
  for (const std::uint32_t begun = board_.begun(); known_ < begun; ++known_) open_.insert(known_);
  Stages stages;
  for (const std::uint32_t number : open_) stages[number] = board_.at(number).stage;
  return stages;
}

void Judge::check_file(Database& database) {
  if (const std::string answer = database.ask("PRAGMA integrity_check"); answer != "'ok'") {
    board_.violated("integrity_check: " + answer);
  }
  if (const std::string answer = database.ask("PRAGMA foreign_key_check"); !answer.empty()) {
    board_.violated("foreign_key_check: " + answer);
  }
}

void Judge::note_applied(const std::string& id) {
  if (id[0] != 'b') return;
  Slot& slot = board_.at(static_cast<std::uint32_t>(std::stoul(id.substr(1))));
  if (slot.applied.exchange(true)) board_.violated(id + " was applied twice");
}

void Judge::check_numbers(const std::string& delta) {
  std::istringstream in(delta);
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, 3, "+a|") == 0 && !numbers_.insert(line.substr(3)).second) {
      board_.violated("AUTOINCREMENT gave out twice: " + line);
    }
  }
}

void Judge::check_model(Database& database) {
  Lines expected = base_;
  for (const std::string& id : texts(database.ask("SELECT id FROM ledger"))) {
    const std::string row = database.ask("SELECT delta FROM ledger WHERE id = '" + id + "'");
    const std::string delta = row.substr(1, row.size() - 2);
    add(expected, delta);
    check_numbers(delta);
    note_applied(id);
  }
  base_ = read_tables(database);
  if (const std::string wrong = difference(expected, base_); !wrong.empty()) {
    board_.violated("the tables are not what the model says: " + wrong);
  }
  if (const std::string failure = database.run("DELETE FROM ledger"); !failure.empty()) {
    board_.violated("the ledger cannot be emptied: " + failure);
  }
}

void Judge::check_list(const std::string& listed, const Stages& stages) {
  std::set<std::uint32_t> numbers;
  for (const std::string& gid : texts(listed)) {
    const auto number = static_cast<std::uint32_t>(std::stoul(gid.substr(1)));
    numbers.insert(number);
    const auto stage = stages.find(number);
    if (stage == stages.end() || !may_be_listed(stage->second)) {
      board_.violated(gid + " is listed and should not be");
    }
  }
  for (const auto& [number, stage] : stages) {
    if (stage == Stage::kPrepared && !numbers.contains(number)) {
      board_.violated("b" + std::to_string(number) + " is prepared and not listed");
    }
  }
}

void Judge::check_outcomes(const Stages& stages) {
  for (const auto& [number, stage] : stages) {
    if (!is_finished(stage)) continue;
    const bool applied = board_.at(number).applied;
    const std::string name = "b" + std::to_string(number);
    if (applied && !may_be_applied(stage)) board_.violated(name + " was applied and must not be");
    if (!applied && must_be_applied(stage)) board_.violated(name + " was committed and is lost");
    open_.erase(number);
  }
}

void Judge::verify() try {
  Database database(file_, Extension::kNone);
  database.wait_eagerly();
  run_patiently(database, "BEGIN IMMEDIATE");
  // Nothing is prepared or decided while the lock is held, though what was may not be noted yet.
  const Stages now = stages();
  const std::string listed = ask_list(database);
  check_file(database);
  check_model(database);
  run_patiently(database, "COMMIT");
  check_list(listed, now);
  check_outcomes(now);
  ++board_.counters().verified;
} catch (const std::exception& error) {
  board_.violated(std::string("the file cannot be read: ") + error.what());
}

void Judge::verify_end() {
  verify();
  Database database(file_, Extension::kNone);
  if (const std::string listed = ask_list(database); !listed.empty()) {
    board_.violated("still in the list: " + listed);
  }
  const std::string sides = database.ask(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'xaodbc_row_%'");
  for (const std::string& side : texts(sides)) {
    const std::string left = database.ask("SELECT * FROM " + side);
    if (!left.empty()) board_.violated("left in " + side + ": " + left);
  }
}

}  // namespace xaodbc::torture

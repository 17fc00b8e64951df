#include "tests/walk/schema.h"

namespace xaodbc::walk {
namespace {

const std::vector<std::string> kIds = {"1", "2", "3", "4", "5"};
const std::vector<std::string> kIdsOrNone = {"1", "2", "3", "4", "5", "NULL"};
const std::vector<std::string> kLetters = {"'a'", "'A'", "'b'", "'c'", "NULL"};
const std::vector<std::string> kNumbers = {"0", "1", "2", "1.0", "'1'", "NULL"};

std::string conflict(Dice& dice) {
  return dice.maybe(15, " ON CONFLICT " + dice.one_of({"REPLACE", "IGNORE", "FAIL", "ABORT"}));
}

std::string actions(Dice& dice) {
  const std::vector<std::string> all = {"CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION",
                                        "RESTRICT"};
  return dice.maybe(60, " ON DELETE " + dice.one_of(all)) +
         dice.maybe(60, " ON UPDATE " + dice.one_of(all)) +
         dice.maybe(10, " DEFERRABLE INITIALLY DEFERRED");
}

/// The column id and what must stand at the end of the table.
struct Identity {
  std::string column, end = ")";
  bool has_hidden_rowid = false;
};

Identity identity(Dice& dice) {
  switch (dice.number(4)) {
    case 0:
      return {.column = "id PRIMARY KEY" + conflict(dice) + " NOT NULL", .has_hidden_rowid = true};
    case 1:
      return {.column = "id NOT NULL PRIMARY KEY" + conflict(dice), .end = ") WITHOUT ROWID"};
    default:
      return {.column = "id INTEGER PRIMARY KEY" + conflict(dice)};
  }
}

void add_parent(Dice& dice, Schema& schema) {
  const Identity id = identity(dice);
  const std::string u = dice.maybe(30, " NOT NULL DEFAULT 'd'") +
                        dice.maybe(30, " COLLATE NOCASE") + " UNIQUE" + conflict(dice);
  schema.definitions.push_back("CREATE TABLE p(" + id.column + ", u TEXT" + u + ", v, w" + id.end);
  if (dice.chance(40)) schema.definitions.emplace_back("CREATE UNIQUE INDEX pv ON p(v) WHERE w");
  if (dice.chance(20)) schema.definitions.emplace_back("CREATE UNIQUE INDEX pw ON p(w, u)");
  schema.tables.push_back({"p",
                           {{"id", kIds}, {"u", kLetters}, {"v", kNumbers}, {"w", {"0", "1"}}},
                           id.has_hidden_rowid});
}

void add_children(Dice& dice, Schema& schema) {
  const Identity c = identity(dice), n = identity(dice), d = identity(dice);
  schema.definitions.push_back("CREATE TABLE c(" + c.column + ", p DEFAULT 1" +
                               dice.maybe(20, " UNIQUE" + conflict(dice)) + " REFERENCES p(id)" +
                               actions(dice) + ", pu TEXT REFERENCES p(u)" + actions(dice) + c.end);
  schema.definitions.push_back("CREATE TABLE n(" + n.column + ", p" +
                               dice.maybe(30, " NOT NULL" + conflict(dice)) +
                               " REFERENCES p(id), v" + n.end);
  schema.definitions.push_back("CREATE TABLE d(" + d.column + ", c REFERENCES c(id)" +
                               actions(dice) + d.end);
  schema.tables.push_back(
      {"c", {{"id", kIds}, {"p", kIdsOrNone}, {"pu", kLetters}}, c.has_hidden_rowid});
  schema.tables.push_back(
      {"n", {{"id", kIds}, {"p", kIdsOrNone}, {"v", kNumbers}}, n.has_hidden_rowid});
  schema.tables.push_back({"d", {{"id", kIds}, {"c", kIdsOrNone}}, d.has_hidden_rowid});
}

std::string failure(Dice& dice) {
  return "SELECT RAISE(" + dice.one_of({"FAIL", "ABORT"}) + ", 'no')";
}

/// Tables that a trigger of a table may write. SQLite 3.40.1 lets INSERT OR REPLACE and upserts
/// refer to nothing where a trigger may write to what the table refers to.
std::vector<std::string> written_by(const std::string& table) {
  if (table == "e") return {"p", "c", "n", "d"};
  if (table == "p") return {"c", "n", "d"};
  return table == "d" ? std::vector<std::string>{"n"} : std::vector<std::string>{"d"};
}

std::string trigger_body(Dice& dice, const std::string& on, const std::string& row) {
  const std::string table = dice.one_of(written_by(on));
  const std::string where = " WHERE id = " + dice.one_of(kIds);
  switch (dice.number(6)) {
    case 0:
    case 1:
      return "INSERT " + dice.maybe(20, "OR " + dice.one_of({"FAIL", "REPLACE", "IGNORE"}) + " ") +
             "INTO log VALUES(" + row + ".id)";
    case 2:
    case 3:
      return "DELETE FROM " + table + where;
    case 4:
      return "UPDATE " + table + " SET id = " + dice.one_of(kIds) + where;
    default:
      return failure(dice);
  }
}

}  // namespace

std::string random_trigger(Dice& dice) {
  const std::string event = dice.one_of({"INSERT", "UPDATE", "DELETE"});
  const std::string row = event == "DELETE" ? "OLD" : "NEW";
  const std::string table = dice.one_of({"p", "c", "n", "d", "e"});
  const bool is_before = dice.chance(30);
  const std::string body = is_before ? failure(dice) : trigger_body(dice, table, row);
  return "CREATE TRIGGER x" + std::to_string(dice.number(1'000'000)) +
         (is_before ? " BEFORE " : " AFTER ") + event + " ON " + table + " WHEN " + row +
         ".id = " + dice.one_of(kIds) + " BEGIN " + body + "; END";
}

Schema random_schema(Dice& dice) {
  Schema schema;
  add_parent(dice, schema);
  add_children(dice, schema);
  schema.definitions.emplace_back("CREATE TABLE log(id PRIMARY KEY NOT NULL)");
  schema.definitions.emplace_back("CREATE TABLE e(id INTEGER PRIMARY KEY, v)");
  schema.tables.push_back({"log", {{"id", kIds}}, true});
  schema.tables.push_back({"e", {{"id", kIds}, {"v", kNumbers}}, false});
  if (dice.chance(50)) {
    for (int left = 1 + dice.number(3); left > 0; --left) {
      schema.definitions.push_back(random_trigger(dice));
    }
  }
  return schema;
}

}  // namespace xaodbc::walk

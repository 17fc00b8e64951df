#include "tests/torture/ledger.h"

#include <sstream>
#include <stdexcept>

namespace xaodbc::torture {

// Every kind of key, reference, index and trigger that branches may meet.
const char* const kSchema = R"(
CREATE TABLE p(id INTEGER PRIMARY KEY, u TEXT UNIQUE, v);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE,
  pu TEXT REFERENCES p(u) ON DELETE SET NULL ON UPDATE SET NULL, v);
CREATE TABLE n(id INTEGER PRIMARY KEY, p INT REFERENCES p);
CREATE TABLE w(a TEXT COLLATE NOCASE, b, v, u UNIQUE, PRIMARY KEY(a, b)) WITHOUT ROWID;
CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT, tag TEXT);
CREATE TABLE h(k TEXT PRIMARY KEY, v, r REAL, g AS (v || '!'));
CREATE TABLE s(id INTEGER PRIMARY KEY, boss INT REFERENCES s ON DELETE SET NULL, v);
CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, what);
CREATE TABLE ledger(id TEXT PRIMARY KEY, delta TEXT);
CREATE UNIQUE INDEX pv ON p(v COLLATE NOCASE, u) WHERE v NOT NULL;
CREATE INDEX hg ON h(g);
CREATE TRIGGER hi AFTER INSERT ON h BEGIN INSERT INTO log(what) VALUES('i' || new.k); END;
CREATE TRIGGER hu AFTER UPDATE ON h BEGIN INSERT INTO log(what) VALUES('u' || new.k); END;
CREATE TRIGGER hd AFTER DELETE ON h BEGIN INSERT INTO log(what) VALUES('d' || old.k); END;
)";

Lines read_tables(Database& database) {
  Lines lines;
  for (const std::string table : {"p", "c", "n", "w", "a", "h", "s", "log"}) {
    const std::string rows = database.ask("SELECT * FROM " + table);
    if (database.code() != SQLITE_OK) throw std::runtime_error(rows);
    std::istringstream in(rows);
    for (std::string line; std::getline(in, line);) ++lines[table + "|" + line];
  }
  return lines;
}

std::string difference(const Lines& before, const Lines& after) {
  Lines changes = after;
  for (const auto& [line, count] : before) changes[line] -= count;
  std::string out;
  for (const auto& [line, count] : changes) {
    for (int i = 0; i < count; ++i) out += "+" + line + "\n";
    for (int i = 0; i > count; --i) out += "-" + line + "\n";
  }
  return out;
}

void add(Lines& lines, const std::string& difference) {
  std::istringstream in(difference);
  for (std::string line; std::getline(in, line);) {
    const std::string row = line.substr(1);
    if ((lines[row] += line[0] == '+' ? 1 : -1) == 0) lines.erase(row);
  }
}

std::string write_ledger(Database& database, const std::string& id, const Lines& before,
                         bool& changed) {
  std::string delta = difference(before, read_tables(database));
  changed = !delta.empty();
  if (!changed) return "";
  std::string escaped;
  for (const char letter : delta) escaped.append(letter == '\'' ? 2 : 1, letter);
  return database.run("INSERT INTO ledger VALUES('" + id + "', '" + escaped + "')");
}

}  // namespace xaodbc::torture

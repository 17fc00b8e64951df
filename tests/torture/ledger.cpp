#include "tests/torture/ledger.h"

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
  return read_lines(database, {"p", "c", "n", "w", "a", "h", "s", "log"});
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

#include "tests/torture/work.h"

#include <array>

namespace xaodbc::torture {

int Work::number(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }

std::string Work::letter() {
  const char letter = static_cast<char>((chance(30) ? 'A' : 'a') + number(12));
  return std::string("'") + letter + "'";
}

std::string Work::value() {
  switch (number(8)) {
    case 0:
      return std::to_string(number(9));
    case 1:
      return std::to_string(number(9)) + ".0";
    case 2:
      return std::to_string(number(9)) + ".25";
    case 3:
      return letter();
    case 4:
      return "x'00ff0" + std::to_string(number(9)) + "'";
    case 5:
      return "NULL";
    case 6:
      return chance(10) ? "replace(hex(zeroblob(4000)), '00', 'big')" : "''";
    default:
      return "'" + std::to_string(number(9)) + "'";
  }
}

/// Of a row that is there, if there are enough; NULL is a new one.
std::string Work::rowid() {
  return "(SELECT rowid FROM h ORDER BY rowid LIMIT 1 OFFSET " + std::to_string(number(8)) + ")";
}

std::string Work::insert() {
  constexpr std::array<const char*, 6> kVerbs = {"INSERT INTO ",
                                                 "INSERT INTO ",
                                                 "INSERT OR REPLACE INTO ",
                                                 "INSERT OR REPLACE INTO ",
                                                 "INSERT OR IGNORE INTO ",
                                                 "INSERT OR FAIL INTO "};
  const std::string verb = kVerbs[static_cast<std::size_t>(number(6))];
  switch (number(8)) {
    case 0:
      return verb + "p VALUES(" + id() + ", " + nullable(letter()) + ", " + value() + ")";
    case 1:
      return verb + "c VALUES(" + nullable(id()) + ", " + nullable(id()) + ", " +
             nullable(letter()) + ", " + value() + ")";
    case 2:
      return verb + "n VALUES(" + nullable(id()) + ", " + nullable(id()) + ")";
    case 3:
      return verb + "w VALUES(" + letter() + ", coalesce(" + value() + ", 0), " + value() + ", " +
             value() + ")";
    case 4:
      return chance(50)
                 ? verb + "h(k, v, r) VALUES(" + letter() + ", " + value() + ", " + value() + ")"
                 : verb + "h(rowid, k, v) VALUES(" + rowid() + ", " + letter() + ", " + value() +
                       ")";
    case 5:
      // SQLite 3.40 lets a REPLACE refer to nothing in a table that refers to itself.
      return "INSERT INTO s VALUES(" + id() + ", " + nullable(id()) + ", " + value() + ")";
    case 6:
      return verb + "p VALUES(" + id() + ", " + letter() + ", 1), (" + id() + ", " + letter() +
             ", 2)";
    default:
      return kAutoincrement;
  }
}

std::string Work::update() {
  const std::string verb = chance(25) ? "UPDATE OR REPLACE " : "UPDATE ";
  const std::string where = " WHERE id = " + id();
  switch (number(11)) {
    case 0:
      return verb + "p SET v = " + value() + where;
    case 1:
      return verb + "p SET id = " + id() + where;
    case 2:
      return verb + "p SET u = " + nullable(letter()) + where;
    case 3:
      return verb + "c SET p = " + nullable(id()) + ", v = " + value() + where;
    case 4:
      return verb + "c SET pu = " + nullable(letter()) + ", id = " + id() + where;
    case 5:
      return verb + "w SET v = " + value() + " WHERE a = " + letter();
    case 6:
      return verb + "w SET a = " + letter() + ", u = " + value() + " WHERE a = " + letter();
    case 7:
      return verb + "w SET b = b + 0.0 WHERE typeof(b) = 'integer'";
    case 8:
      return verb + "h SET " +
             (chance(25) ? "rowid = " + rowid() : "v = " + value() + ", k = " + letter()) +
             " WHERE k = " + letter();
    case 9:
      return verb + "s SET boss = " + nullable(id()) + ", v = " + value() + where;
    default:
      return verb + "n SET p = " + nullable(id()) + where;
  }
}

std::string Work::remove() {
  switch (number(9)) {
    case 0:
      return "DELETE FROM p WHERE id = " + id();
    case 1:
      return "DELETE FROM c WHERE id = " + id();
    case 2:
      return "DELETE FROM w WHERE a = " + letter();
    case 3:
      return "DELETE FROM a WHERE id <= (SELECT max(id) FROM a) - " + std::to_string(number(9));
    case 4:
      return "DELETE FROM h WHERE k = " + letter();
    case 5:
      return "DELETE FROM s WHERE id = " + id();
    case 6:
      return "DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - 12";
    case 7:
      // What was inserted with NULL for a key has one behind all others.
      return "DELETE FROM n WHERE id = " + id() + " OR id > 30";
    default:
      return chance(20) ? std::string("DELETE FROM ") + (chance(50) ? "c" : "w")
                        : "DELETE FROM p WHERE id > " + id() + " AND id < " + id();
  }
}

std::string Work::upsert() {
  switch (number(3)) {
    case 0:
      return "INSERT INTO p VALUES(" + id() + ", " + letter() + ", " + value() +
             ") ON CONFLICT(id) DO UPDATE SET v = excluded.v, u = excluded.u";
    case 1:
      return "INSERT INTO w VALUES(" + letter() + ", 1, " + value() + ", " + value() +
             ") ON CONFLICT(a, b) DO UPDATE SET v = excluded.v";
    default:
      return "INSERT INTO p VALUES(" + id() + ", " + letter() + ", 0) ON CONFLICT DO NOTHING";
  }
}

std::string Work::statement() {
  const int kind = number(10);
  if (kind < 4) return insert();
  if (kind < 7) return update();
  return kind < 9 ? remove() : upsert();
}

}  // namespace xaodbc::torture

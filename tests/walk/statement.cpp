#include "tests/walk/statement.h"

namespace xaodbc::walk {
namespace {

constexpr int kMostRows = 3;

class Statement {
 public:
  Statement(Dice& dice, const Schema& schema)
      : dice_(dice),
        table_(schema.tables[static_cast<std::size_t>(
            dice.chance(40) ? 0 : dice.number(static_cast<int>(schema.tables.size())))]) {}

  std::string insert() {
    const bool with_rowid = table_.has_hidden_rowid && dice_.chance(30);
    std::string names = with_rowid ? "rowid" : "";
    for (const Column& column : table_.columns) {
      names += (names.empty() ? "" : ", ") + column.name;
    }
    std::string rows;
    for (int left = dice_.chance(80) ? 1 : kMostRows; left > 0; --left) {
      rows += (rows.empty() ? "(" : ", (") + values(with_rowid) + ")";
    }
    return "INSERT " + either() + "INTO " + table_.name + "(" + names + ") VALUES" + rows;
  }

  std::string upsert() {
    const std::string set = any_column().name;
    return insert() + " ON CONFLICT" +
           (dice_.chance(30) ? " DO NOTHING" : "(id) DO UPDATE SET " + set + " = excluded." + set);
  }

  std::string update() {
    std::string sets;
    for (int left = dice_.chance(70) ? 1 : 2; left > 0; --left) {
      const Column& column = any_column();
      sets += (sets.empty() ? "" : ", ") + column.name + " = " + dice_.one_of(column.values);
    }
    if (table_.has_hidden_rowid && dice_.chance(20)) sets = "rowid = " + rowid();
    return "UPDATE " + either() + table_.name + " SET " + sets + where();
  }

  std::string remove() { return "DELETE FROM " + table_.name + where(); }

 private:
  std::string either() {
    return dice_.maybe(
        50, "OR " + dice_.one_of({"REPLACE", "REPLACE", "IGNORE", "FAIL", "ABORT"}) + " ");
  }
  std::string rowid() { return std::to_string(1 + dice_.number(6)); }
  const Column& any_column() {
    const int count = static_cast<int>(table_.columns.size());
    return table_.columns[static_cast<std::size_t>(dice_.number(count))];
  }
  std::string values(bool with_rowid) {
    std::string list = with_rowid ? rowid() : "";
    for (const Column& column : table_.columns) {
      list += (list.empty() ? "" : ", ") + dice_.one_of(column.values);
    }
    return list;
  }
  std::string where() {
    if (dice_.chance(10)) return "";
    const Column& column = dice_.chance(70) ? table_.columns.front() : any_column();
    return " WHERE " + column.name + (dice_.chance(90) ? " IS " : " > ") +
           dice_.one_of(column.values);
  }

  Dice& dice_;
  const Table& table_;
};

}  // namespace

std::string random_statement(Dice& dice, const Schema& schema) {
  Statement statement(dice, schema);
  const int kind = dice.number(10);
  if (kind < 4) return statement.insert();
  if (kind < 7) return statement.update();
  return kind < 9 ? statement.remove() : statement.upsert();
}

}  // namespace xaodbc::walk

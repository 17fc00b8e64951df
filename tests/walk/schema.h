#pragma once

#include <string>
#include <vector>

#include "tests/walk/dice.h"

namespace xaodbc::walk {

struct Column {
  std::string name;
  std::vector<std::string> values;  ///< as in SQL; few, so that rows meet
};

struct Table {
  std::string name;
  std::vector<Column> columns;
  bool has_hidden_rowid = false;
};

struct Schema {
  std::vector<std::string> definitions;
  std::vector<Table> tables;
};

/// A parent `p`, children and a grandchild of it, and two without references: kinds of keys,
/// indexes, actions and conflict clauses differ from one to the next.
Schema random_schema(Dice& dice);

/// A trigger of the application, which may change other tables, or fail.
std::string random_trigger(Dice& dice);

}  // namespace xaodbc::walk

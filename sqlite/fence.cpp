#include "sqlite/fence.h"

#include <cctype>

#include "sqlite/mutant.h"
#include "sqlite/sql_text.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

constexpr const char* kListName = "xaodbc_branch";
constexpr const char* kListBody =
    "(gid TEXT NOT NULL PRIMARY KEY, format INTEGER NOT NULL, "
    "prepared_at TEXT NOT NULL, tables TEXT NOT NULL) WITHOUT ROWID";

/// What every fence says, and no other trigger.
constexpr const char* kSays = "xaodbc: a prepared branch ";

/// The body of a fence: stops the statement if a side row matches.
class Body {
 public:
  /// `beside`: what else the conditions are about.
  explicit Body(const Table& table, const std::string& beside = "")
      : head_("SELECT RAISE(ABORT, " +
              literal(std::string(kSays) + "holds this row of " + table.name +
                      " until it is decided; see the table xaodbc_branch") +
              ") FROM " + beside + side_table(table.name) + " AS held WHERE "),
        table_(table) {}

  Body& stop_if(const std::string& condition) {
    text_ += head_ + condition + "; ";
    return *this;
  }
  /// `row` shares a key of all rows with a side row, and `besides` holds: it is that row, or has
  /// become what a reference to it finds.
  Body& stop_if_it_is(const std::string& row, const std::string& besides) {
    return for_every_key([&](const Key& key) {
      if (!key.is_partial()) stop_if(same_key(table_, key, row) + besides);
    });
  }
  /// `NEW` has one of the keys of a side row.
  Body& stop_if_it_comes() {
    return for_every_key([&](const Key& key) { stop_if(has_key_of_held(key)); });
  }
  /// Likewise, unless it is a pinned row that had the key already: NULL was none, and a row with
  /// the values of a partial key may not have been in its index.
  Body& stop_if_it_becomes() {
    return for_every_key([&](const Key& key) {
      const Key& had = key.is_partial() ? table_.primary : key;
      stop_if(has_key_of_held(key) + " AND NOT (held.xa_kind = 'P' AND ifnull(" +
              same_key(table_, had, "OLD") + ", 0))");
    });
  }
  [[nodiscard]] std::string text() const { return "BEGIN " + text_ + "END"; }

 private:
  template <class Stop>
  Body& for_every_key(const Stop& stop) {
    stop(table_.primary);
    if (is_mutant(Mutant::kPrimaryKeyOnly)) return *this;
    for (const Key& key : table_.unique) stop(key);
    return *this;
  }

  /// Whether the held row is in a partial index nobody could tell: it may not be in its table yet.
  [[nodiscard]] std::string has_key_of_held(const Key& key) const {
    const std::string same = same_key(table_, key, "NEW");
    return key.is_partial() ? same + " AND " + is_in_index(key) : same;
  }

  /// The condition stands in the index as the application wrote it, a comment at its end included.
  [[nodiscard]] std::string is_in_index(const Key& key) const {
    std::string is_new;
    for (std::size_t i = 0; i < table_.primary.columns.size(); ++i) {
      const Column& column = table_.columns.at(table_.primary.columns[i]);
      const std::string name = quoted(column.name);
      is_new += " AND " +
                compared(quoted(table_.name) + "." + name, column.collation,
                         table_.primary.collations.at(i)) +
                " = NEW." + name;
    }
    return "EXISTS (SELECT 1 FROM " + quoted(table_.name) + " WHERE (" + key.condition + "\n)" +
           is_new + ")";
  }

  std::string head_;
  std::string text_;
  const Table& table_;
};

/// An update changes what makes a row known to others, or the rowid by which REPLACE finds it.
std::string changes_a_key(const Table& table) {
  std::string condition;
  const auto add = [&](const std::string& before, const std::string& after) {
    condition += (condition.empty() ? "" : " OR ") + before + " IS NOT " + after;
  };
  const auto add_key = [&](const Key& key) {
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      const Column& column = table.columns.at(key.columns[i]);
      const std::string name = quoted(column.name);
      add(compared("OLD." + name, column.collation, key.collations.at(i)), "NEW." + name);
    }
  };
  add_key(table.primary);
  for (const Key& key : table.unique) add_key(key);
  if (table.has_hidden_rowid()) add("OLD." + table.rowid, "NEW." + table.rowid);
  return condition;
}

/// `event` as in SQL, behind a condition of the trigger if it has one.
Definition trigger(const std::string& name, const std::string& event, const std::string& table,
                   const std::string& body) {
  return {"trigger", name, " " + event + " ON " + quoted(table) + " FOR EACH ROW " + body};
}

/// What is there of a definition.
struct Current {
  std::string sql;         ///< empty: nothing
  bool is_behind = false;  ///< other triggers of its table were made later
};

Status find_current(sqlite3* db, const Definition& definition, Current& current) {
  Statement query(db,
                  "SELECT sql, EXISTS(SELECT 1 FROM main.sqlite_schema AS other WHERE other.type = "
                  "'trigger' AND NOT " +
                      is_fence("other.sql") +
                      " AND other.tbl_name = it.tbl_name "
                      "COLLATE NOCASE AND other.rowid > it.rowid) FROM main.sqlite_schema AS it "
                      "WHERE type = ?1 AND name = ?2 COLLATE NOCASE");
  query.bind(definition.type).bind(definition.name);
  if (query.next()) {
    current = {query.text(0), definition.type == "trigger" && query.integer(1) != 0};
  }
  return query.status();
}

/// The fences that look into a side table name its columns, so that they would fail without it.
Status drop_fences(sqlite3* db, const std::string& side) {
  Statement query(
      db, "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND " + is_fence("sql"));
  std::vector<std::string> fences;
  while (query.next()) {
    if (mentions(query.text(1), quoted(side))) fences.push_back(query.text(0));
  }
  if (!query.status().is_ok()) return query.status();
  for (const std::string& fence : fences) {
    Status status = run(db, "DROP TRIGGER main." + quoted(fence));
    if (!status.is_ok()) return status;
  }
  return Status::ok();
}

/// A side table that fits an older form of its table can go once nothing is in it.
Status drop_side_table(sqlite3* db, const std::string& side, const Table& table) {
  {
    Statement rows(db, "SELECT xa_gid FROM main." + quoted(side) + " LIMIT 1");
    if (rows.next()) {
      return Status::refused("table " + table.name + " was changed while branch " + rows.text(0) +
                             " on it is in doubt; decide that branch first");
    }
    if (!rows.status().is_ok()) return rows.status();
  }
  if (Status status = drop_fences(db, side); !status.is_ok()) return status;
  return run(db, "DROP TABLE main." + quoted(side));
}

/// What an application has made under a name of ours stays.
bool is_ours(const Definition& definition, const std::string& sql, const Table& table) {
  if (definition.type == "table") return is_side_table(sql);
  if (definition.type == "index") return mentions(sql, side_table(table.name));
  return sql.find(kSays) != std::string::npos;
}

Status drop(sqlite3* db, const Definition& definition, const std::string& sql, const Table& table) {
  if (!is_ours(definition, sql, table)) {
    return Status::refused(definition.type + " " + definition.name +
                           " is none of xaodbc's and has the name of one beside table " +
                           table.name + "; give it another name");
  }
  if (definition.type == "table") return drop_side_table(db, definition.name, table);
  return run(db, "DROP " + definition.type + " main." + quoted(definition.name));
}

/// `changed` is set if it was not there, or not like this. Triggers made later run first (SQLite
/// 3.40.1), and what they do stays where FAIL ends the statement: fences must be the last made.
Status install(sqlite3* db, const Definition& definition, const Table& table, bool& changed) {
  Current current;
  if (Status status = find_current(db, definition, current); !status.is_ok()) return status;
  if (current.sql == definition.sql() && !current.is_behind) return Status::ok();
  changed = true;
  if (!current.sql.empty()) {
    Status status = drop(db, definition, current.sql, table);
    if (!status.is_ok()) return status;
  }
  return run(db, definition.sql_in_main());
}

/// REPLACE takes away the row that has the rowid of the new one, and with recursive_triggers off no
/// trigger sees it go. Where the rowid is no key of the table, that row is looked at before: rowids
/// themselves are not kept, because VACUUM changes them.
void add_rowid_fences(const Table& table, std::vector<Definition>& fences) {
  if (!table.has_hidden_rowid() || is_mutant(Mutant::kNoRowidFence)) return;
  const std::string at_new_rowid = " AND there." + table.rowid + " = NEW." + table.rowid;
  const std::string body =
      Body(table, quoted(table.name) + " AS there, ").stop_if_it_is("there", at_new_rowid).text();
  const std::string moves = "WHEN NEW." + table.rowid + " IS NOT OLD." + table.rowid + " ";
  const std::string name = "xaodbc_rowid_";
  fences.push_back(trigger(name + "insert_" + table.name, "BEFORE INSERT", table.name, body));
  fences.push_back(
      trigger(name + "update_" + table.name, "BEFORE UPDATE", table.name, moves + body));
}

}  // namespace

std::string is_fence(const std::string& text) {
  return "instr(" + text + ", " + literal(kSays) + ")";
}

std::vector<Definition> fence_definitions(const Table& table) {
  const std::string own = same_key(table, table.primary, "OLD") + " AND held.xa_kind <> 'P'";
  // By any key: another branch, prepared before, may since have given one of a pinned row to
  // another row, to which the reference then is.
  const std::string pinned = " AND held.xa_kind = 'P'";
  Body update(table);
  update.stop_if(own)
      .stop_if_it_is("OLD", pinned + " AND (" + changes_a_key(table) + ")")
      .stop_if_it_becomes();
  Body remove(table);
  remove.stop_if(own).stop_if_it_is("OLD", pinned);
  std::vector<Definition> fences;
  const auto add = [&](Mutant without, const std::string& name, const Body& body) {
    std::string event = "AFTER " + name;
    for (char& letter : event) letter = static_cast<char>(std::toupper(letter));
    const std::string full = "xaodbc_" + name + "_" + table.name;
    if (!is_mutant(without)) fences.push_back(trigger(full, event, table.name, body.text()));
  };
  add(Mutant::kNoUpdateFence, "update", update);
  add(Mutant::kNoDeleteFence, "delete", remove);
  add(Mutant::kNoInsertFence, "insert", Body(table).stop_if_it_comes());
  add_rowid_fences(table, fences);
  return fences;
}

std::vector<Definition> reference_fences(const Table& parent, const ForeignKey& key) {
  std::string refers, returns, from_list, to_list;
  for (std::size_t i = 0; i < key.to.size() && i < key.from.size(); ++i) {
    const Column& to = parent.columns.at(parent.index_of(key.to[i]));
    const std::string side = side_column(to.name), collation = collation_of(parent, key, i);
    refers +=
        " AND " + compared("gone." + side, "BINARY", collation) + " = NEW." + quoted(key.from[i]);
    returns += " AND " + compared("stays." + side, "BINARY", collation) + " = gone." + side;
    from_list += (from_list.empty() ? "" : ", ") + quoted(key.from[i]);
    to_list += (to_list.empty() ? "" : ", ") + quoted(to.name);
  }
  const std::string side = side_table(parent.name);
  const std::string body = "BEGIN SELECT RAISE(ABORT, " +
                           literal(std::string(kSays) + "removes this key of " + parent.name +
                                   " if it commits; see the table xaodbc_branch") +
                           ") FROM " + side + " AS gone WHERE gone.xa_kind = 'B'" + refers +
                           " AND NOT EXISTS (SELECT 1 FROM " + side +
                           " AS stays WHERE stays.xa_gid = gone.xa_gid AND stays.xa_kind = 'A'" +
                           returns + "); END";
  // Not UPDATE OF these columns: a column has more than one name where it is the rowid.
  std::vector<Definition> fences;
  for (const std::string event : {"INSERT", "UPDATE"}) {
    // In quotes, so that no two references have one name.
    const std::string name = "xaodbc_refer_" + event + "_" + quoted(key.child) + "(" + from_list +
                             ")_" + quoted(parent.name) + "(" + to_list + ")";
    fences.push_back(trigger(name, "AFTER " + event, key.child, body));
  }
  return fences;
}

Status install_fences(sqlite3* db, Schema& schema, const Table& table, bool children) {
  if (schema.is_fenced(table.name, children)) return Status::ok();
  std::vector<Definition> wanted = side_definitions(table);
  const auto add = [&wanted](const std::vector<Definition>& more) {
    wanted.insert(wanted.end(), more.begin(), more.end());
  };
  add(fence_definitions(table));
  if (children && !is_mutant(Mutant::kNoVanishedKeys)) {
    for (const ForeignKey& key : table.children) add(reference_fences(table, key));
  }
  bool changed = false;
  for (const Definition& definition : wanted) {
    if (Status status = install(db, definition, table, changed); !status.is_ok()) return status;
  }
  // What was changed now may be undone with the transaction.
  if (!changed) schema.set_fenced(table.name, children);
  return Status::ok();
}

Status install_list(sqlite3* db, const Schema& schema) {
  if (schema.layout(kListName) != nullptr) return Status::ok();
  bool changed = false;
  return install(db, {"table", kListName, kListBody}, Table(), changed);
}

}  // namespace xaodbc::sqlite

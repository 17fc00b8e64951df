#include "sqlite/pins.h"

#include <algorithm>
#include <vector>

#include "sqlite/side_table.h"

namespace xaodbc::sqlite {
namespace {

/// A pin, which is `held`, and a row that `came`.
class Renewal {
 public:
  explicit Renewal(const Table& table) : table_(table), side_("main." + side_table(table.name)) {}

  Status carry_out(sqlite3* db, const std::string& gid) {
    if (Status status = find_columns(db); !status.is_ok()) return status;
    Statement pin(db, "INSERT OR REPLACE INTO " + side_ + "(" + list("") +
                          "xa_kind, xa_gid) SELECT " + list("came.") + "'P', held.xa_gid FROM " +
                          side_ + " AS held JOIN " + side_ + " AS came ON " +
                          have_a_key_in_common() +
                          " WHERE held.xa_kind = 'P' AND held.xa_gid <> ?1"
                          " AND came.xa_kind = 'A' AND came.xa_gid = ?1");
    return pin.bind(gid).run();
  }

 private:
  /// Those of the side table but its own two, as in SQL.
  Status find_columns(sqlite3* db) {
    Statement stored(db, "SELECT * FROM " + side_ + " AS held");
    for (const std::string& name : stored_columns(stored)) columns_.push_back(side_column(name));
    return stored.status();
  }

  [[nodiscard]] std::string list(const std::string& owner) const {
    std::string list;
    for (const std::string& column : columns_) list += owner + column + ", ";
    return list;
  }

  [[nodiscard]] std::string have_a_key_in_common() const {
    std::string condition = have_in_common(table_.primary);
    for (const Key& key : table_.unique) {
      // No reference is to a partial key.
      if (!key.is_partial()) condition += " OR " + have_in_common(key);
    }
    return condition;
  }

  /// What was added to the table since is no key that a pin could have.
  [[nodiscard]] std::string have_in_common(const Key& key) const {
    std::string condition;
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      const std::string column = side_column(table_.columns.at(key.columns[i]).name);
      const auto same = [&column](const std::string& known) { return same_name(known, column); };
      if (std::ranges::none_of(columns_, same)) return "FALSE";
      condition += (i == 0 ? "(" : " AND ") +
                   compared("held." + column, "BINARY", key.collations.at(i)) + " = came." + column;
    }
    return condition + ")";
  }

  const Table& table_;
  const std::string side_;
  std::vector<std::string> columns_;
};

}  // namespace

Status renew_pins(sqlite3* db, Schema& schema, const std::string& gid,
                  const std::set<std::string>& tables) {
  for (const std::string& name : tables) {
    const Table* table = nullptr;
    if (Status status = schema.find(name, &table); !status.is_ok()) return status;
    if (table == nullptr || table->children.empty()) continue;
    if (Status status = Renewal(*table).carry_out(db, gid); !status.is_ok()) {
      return status.with_context("table " + name);
    }
  }
  return Status::ok();
}

}  // namespace xaodbc::sqlite

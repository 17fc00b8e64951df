#include "sqlite/foreign_keys.h"

#include <algorithm>

#include "sqlite/mutant.h"
#include "sqlite/refusal.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

/// The columns of a reference as a key of one of its two tables, compared as the parent compares.
Key as_key(const Table& table, const std::vector<std::string>& names, const Table& parent,
           const ForeignKey& reference) {
  Key key;
  for (std::size_t i = 0; i < names.size(); ++i) {
    key.columns.push_back(table.index_of(names[i]));
    key.collations.push_back(collation_of(parent, reference, i));
  }
  return key;
}

bool has_null(const Row& row) { return std::any_of(row.begin(), row.end(), is_null); }

Status dangling(const ForeignKey& key) {
  return Status::refused("a row of " + key.child + " would refer to a row of " + key.parent +
                         " that is not there once the branch is committed");
}

class Checker {
 public:
  Checker(sqlite3* db, Schema& schema, const Changes& changes, bool enforced, PinnedRows& pins)
      : db_(db), schema_(schema), changes_(changes), enforced_(enforced), pins_(pins) {}

  /// The rows of `child` that come, each against its parent.
  Status check_parent(const TableChanges& child, const ForeignKey& reference) {
    const Table* parent = nullptr;
    if (Status status = schema_.find(reference.parent, &parent); !status.is_ok()) return status;
    if (parent == nullptr) return enforced_ ? dangling(reference) : Status::ok();
    if (!parent->refusal.empty()) return refusal(*parent);
    const Key from = as_key(*child.table, reference.from, *parent, reference);
    const Key to = as_key(*parent, reference.to, *parent, reference);
    Statement find(db_, "SELECT " + parent->column_list() + " FROM main." + quoted(parent->name) +
                            " WHERE " + key_condition(*parent, to));
    for (const auto& [key, row] : child.after) {
      const Row wanted = key_of(row, from);
      if (has_null(wanted) || refers_as_before(child, key, from, wanted)) continue;
      find.bind(wanted);
      const bool found = find.next();
      if (found) pin(*parent, find.row());
      if (!find.status().is_ok()) return find.status();
      find.reset();
      if (!found && enforced_) return dangling(reference);
    }
    return find.status();
  }

  /// The keys of `parent` that go: nothing may refer to them.
  Status check_children(const TableChanges& parent, const ForeignKey& reference) {
    const Table* child = nullptr;
    if (Status status = schema_.find(reference.child, &child); !status.is_ok()) return status;
    if (!enforced_ || child == nullptr) return Status::ok();
    const Key to = as_key(*parent.table, reference.to, *parent.table, reference);
    const Key from = as_key(*child, reference.from, *parent.table, reference);
    Statement stays(db_, "SELECT 1 FROM main." + quoted(parent.table->name) + " WHERE " +
                             key_condition(*parent.table, to));
    Statement refers(db_, "SELECT 1 FROM main." + quoted(child->name) + " WHERE " +
                              key_condition(*child, from) + " LIMIT 1");
    for (const auto& [key, row] : parent.before) {
      const Row gone = key_of(row, to);
      if (has_null(gone) || finds(stays, gone)) continue;
      if (finds(refers, gone)) return dangling(reference);
    }
    return stays.status().is_ok() ? refers.status() : stays.status();
  }

 private:
  static bool finds(Statement& query, const Row& key) {
    const bool found = query.bind(key).next();
    query.reset();
    return found;
  }

  /// What held before holds still: nobody can take the parent away from under the held child.
  static bool refers_as_before(const TableChanges& child, const std::string& key, const Key& from,
                               const Row& wanted) {
    const auto before = child.before.find(key);
    return before != child.before.end() && encode(key_of(before->second, from)) == encode(wanted);
  }

  void pin(const Table& parent, Row row) {
    const std::string key = encode(key_of(row, parent.primary));
    const auto own = changes_.find(parent.name);
    if (own != changes_.end() && own->second.after.contains(key)) return;
    if (is_mutant(Mutant::kNoPins)) return;
    Pins& pins = pins_[parent.name];
    pins.table = &parent;
    pins.rows.insert_or_assign(key, std::move(row));
  }

  sqlite3* db_;
  Schema& schema_;
  const Changes& changes_;
  bool enforced_;
  PinnedRows& pins_;
};

}  // namespace

Status check_references(sqlite3* db, Schema& schema, const Changes& changes, bool enforced,
                        PinnedRows& pins) {
  Checker checker(db, schema, changes, enforced, pins);
  for (const auto& [name, change] : changes) {
    for (const ForeignKey& reference : change.table->parents) {
      Status status = checker.check_parent(change, reference);
      if (!status.is_ok()) return status;
    }
    for (const ForeignKey& reference : change.table->children) {
      Status status = checker.check_children(change, reference);
      if (!status.is_ok()) return status;
    }
  }
  return Status::ok();
}

}  // namespace xaodbc::sqlite

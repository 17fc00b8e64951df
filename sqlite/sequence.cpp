#include "sqlite/sequence.h"

#include "sqlite/mutant.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {

Status read_sequence(sqlite3* db, const Schema& schema, const std::string& table,
                     Sequences& sequences) {
  if (schema.layout("sqlite_sequence") == nullptr) return Status::ok();
  Statement query(db, "SELECT seq FROM main.sqlite_sequence WHERE name = ?");
  query.bind(table);
  if (query.next()) sequences[table] = query.value(0);
  return query.status();
}

Status keep_sequences(sqlite3* db, const Sequences& sequences) {
  if (sequences.empty() || is_mutant(Mutant::kSequenceForgotten)) return Status::ok();
  Statement update(db, "UPDATE main.sqlite_sequence SET seq = ?2 WHERE name = ?1 AND seq < ?2");
  Statement insert(db,
                   "INSERT INTO main.sqlite_sequence(name, seq) SELECT ?1, ?2 WHERE NOT EXISTS "
                   "(SELECT 1 FROM main.sqlite_sequence WHERE name = ?1)");
  for (const auto& [table, number] : sequences) {
    for (Statement* statement : {&update, &insert}) {
      if (Status status = statement->bind(table).bind(number).run(); !status.is_ok()) return status;
    }
  }
  return Status::ok();
}

}  // namespace xaodbc::sqlite

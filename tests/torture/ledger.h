#pragma once

#include <string>

#include "tests/torture/lines.h"

namespace xaodbc::torture {

/// Every transaction of a torture, in a branch or not, writes into the table ledger what it changes
/// in all the others, as part of itself. So whatever is committed, and in whatever order, the
/// tables are what they were plus what the ledger says: that is the model.

extern const char* const kSchema;

/// Throws if the database cannot be read.
Lines read_tables(Database& database);

/// Empty if nothing changed and nothing was written, else as Database::run().
std::string write_ledger(Database& database, const std::string& id, const Lines& before,
                         bool& changed);

}  // namespace xaodbc::torture

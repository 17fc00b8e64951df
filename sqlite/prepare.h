#pragma once

#include <string>

#include "sqlite/capture.h"
#include "sqlite/schema.h"

namespace xaodbc::sqlite {

enum class Vote { kPrepared, kReadOnly };

/// Turns the work of the open transaction, since its savepoint xaodbc, into a stored branch: undoes
/// it, stores what it changed, tries that out. Nothing is committed here. After a failure the
/// caller rolls back.
Status prepare_within(sqlite3* db, Schema& schema, const std::string& gid, const Capture& capture,
                      Vote& vote);

}  // namespace xaodbc::sqlite

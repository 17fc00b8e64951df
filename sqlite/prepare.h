#pragma once

#include <string>

#include "sqlite/capture.h"
#include "sqlite/schema.h"

namespace xaodbc::sqlite {

enum class Vote { kPrepared, kReadOnly };
/// What becomes of a branch that changed nothing.
enum class Empty { kReadOnly, kPrepared };

/// Turns the work of the open transaction, since its savepoint xaodbc, into a stored branch: undoes
/// it, stores what it changed, tries that out. Nothing is committed here. After a failure the
/// caller rolls back.
Status prepare_within(sqlite3* db, Schema& schema, const std::string& gid, const Capture& capture,
                      Empty empty, Vote& vote);

}  // namespace xaodbc::sqlite

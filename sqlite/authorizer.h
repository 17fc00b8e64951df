#pragma once

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

/// What a statement of the application wants to do, as SQLite tells an authorizer.
struct Request {
  int action;
  const char* first;
  const char* second;
  const char* database;
};

/// Whether the application may do it within a branch. What would end the branch, or change what
/// cannot be captured, is refused with its statement, so that nothing of it is ever lost silently.
bool is_allowed(const Request& request, const Schema& schema);

}  // namespace xaodbc::sqlite

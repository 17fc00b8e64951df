#pragma once

#include <string>
#include <utility>

#include "odbc/dialect.h"

namespace xaodbc::recovery {

inline odbc::Finding fine(std::string what) {
  return {odbc::Finding::Level::kFine, std::move(what), ""};
}
inline odbc::Finding note(std::string what, std::string todo) {
  return {odbc::Finding::Level::kNote, std::move(what), std::move(todo)};
}
inline odbc::Finding problem(std::string what, std::string todo) {
  return {odbc::Finding::Level::kProblem, std::move(what), std::move(todo)};
}

}  // namespace xaodbc::recovery

#include "sqlite/authorizer.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "sqlite/side_table.h"

namespace xaodbc::sqlite {
namespace {

/// PRAGMAs whose argument only says what to look at.
constexpr std::array<std::string_view, 11> kReading = {
    "table_info",      "table_xinfo", "table_list",       "index_list",
    "index_info",      "index_xinfo", "foreign_key_list", "foreign_key_check",
    "integrity_check", "quick_check", "collation_list"};

/// PRAGMAs that do something without an argument.
constexpr std::array<std::string_view, 3> kActing = {"incremental_vacuum", "optimize",
                                                     "wal_checkpoint"};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(),
                     [name](std::string_view known) { return same_name(known, name); });
}

std::string_view text(const char* given) {
  return given == nullptr ? std::string_view() : std::string_view(given);
}

bool starts_with(std::string_view name, std::string_view prefix) {
  return same_name(name.substr(0, prefix.size()), prefix);
}

bool is_ours(std::string_view table) {
  return same_name(table, "xaodbc_branch") || starts_with(table, kSidePrefix);
}

bool may_write(const Request& request, const Schema& schema) {
  const std::string_view table = text(request.first);
  if (text(request.database) != "main") return false;
  // Asked when a table-valued function such as json_each is used for the first time. Writing to the
  // schema asks for more than this, or needs writable_schema, which branches do without.
  if (request.action == SQLITE_UPDATE && table == "sqlite_master") return true;
  if (starts_with(table, "sqlite_") || is_ours(table)) return false;
  const Layout* layout = schema.layout(table);
  return layout == nullptr || layout->is_ordinary;  // none: a view, whose triggers are asked about
}

bool may_use_pragma(const Request& request) {
  return request.second == nullptr ? !contains(kActing, text(request.first))
                                   : contains(kReading, text(request.first));
}

}  // namespace

bool is_allowed(const Request& request, const Schema& schema) {
  switch (request.action) {
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return may_write(request, schema);
    case SQLITE_SAVEPOINT:
      return !starts_with(text(request.second), "xaodbc");
    case SQLITE_PRAGMA:
      return may_use_pragma(request);
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
      return true;
    default:
      return false;
  }
}

}  // namespace xaodbc::sqlite

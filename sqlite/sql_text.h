#pragma once

#include <string>
#include <string_view>

namespace xaodbc::sqlite {

/// SQL in small letters, with one blank in place of each comment and of all that stands in quotes:
/// what is left are keywords, operators and plain names.
std::string unquoted(std::string_view sql);

/// A SELECT that can have no cursor: it reads no table, which takes FROM or, for `x IN t`, IN.
bool is_select_without_tables(std::string_view sql);

/// What stands behind the WHERE of a CREATE INDEX; empty: it has none.
std::string condition_of_index(std::string_view sql);

/// `first` and behind it `second`, both keywords in small letters, with at most blanks and signs
/// between.
bool has_pair(std::string_view sql, std::string_view first, std::string_view second);

/// `name`, with its quotes, stands in the SQL as a name and not as a part of something quoted.
bool mentions(std::string_view sql, std::string_view name);

}  // namespace xaodbc::sqlite

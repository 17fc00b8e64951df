#pragma once

#include <string_view>

namespace xaodbc::filter {

/// False for a text after which the transaction is the same as before, or has failed, or has ended
/// as its tag says or the session's state. Only "ROLLBACK" leaves open what it means: back to a
/// savepoint, the end, or the end and a new one (AND CHAIN). So the words are those without which
/// it does not come about, wherever they stand. A function or a prepared statement of SQL's own
/// PREPARE cannot do it.
bool may_roll_back(std::string_view text);

}  // namespace xaodbc::filter

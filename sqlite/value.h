#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sqlite/api.h"

namespace xaodbc::sqlite {

struct Text {
  std::string bytes;
};
struct Blob {
  std::string bytes;
};

/// A value as SQLite stores it, with its exact type: 1, 1.0 and '1' are three values.
using Value = std::variant<std::monostate, std::int64_t, double, Text, Blob>;
using Row = std::vector<Value>;

Value read_value(sqlite3_value* value);
[[nodiscard]] bool is_null(const Value& value);

/// Bytes that are equal for two rows if and only if all values have the same type and bits.
std::string encode(const Row& row);

}  // namespace xaodbc::sqlite

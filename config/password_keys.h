#pragma once

#include <array>
#include <string_view>

#include "base/text.h"

namespace xaodbc::config {

/// The keys of connection strings and odbc.ini whose value is a password (I10), in any case.
constexpr std::array<std::string_view, 2> kPasswordKeys = {"PWD", "PASSWORD"};

inline bool is_password_key(std::string_view key) {
  for (const auto known : kPasswordKeys) {
    if (to_lower(key) == to_lower(known)) return true;
  }
  return false;
}

}  // namespace xaodbc::config

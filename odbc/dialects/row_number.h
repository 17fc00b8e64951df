#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <system_error>

namespace xaodbc::odbc {

/// A value of a Row that must be a decimal number and nothing else.
template <class Number>
bool read_number(const std::optional<std::string>& text, Number& number) {
  if (!text) return false;
  const auto* end = text->data() + text->size();
  const auto result = std::from_chars(text->data(), end, number);
  return result.ec == std::errc() && result.ptr == end;
}

}  // namespace xaodbc::odbc

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace xaodbc::odbc {

/// The `KEY=value;KEY={value with ; and }}};` string of SQLDriverConnect. Keys keep their order and
/// compare without case.
class ConnectionString {
 public:
  ConnectionString() = default;
  /// Never fails: what is not `key=value` is dropped, as the driver manager does.
  explicit ConnectionString(std::string_view text);
  explicit ConnectionString(const Secret& text) : ConnectionString(text.reveal()) {}

  void add(std::string key, std::string_view value);
  /// Removes every occurrence.
  void remove(std::string_view key);
  /// "" when there is no such key.
  [[nodiscard]] std::string_view get(std::string_view key) const;
  [[nodiscard]] Secret text() const;

 private:
  std::vector<std::pair<std::string, Secret>> pairs_;
};

}  // namespace xaodbc::odbc

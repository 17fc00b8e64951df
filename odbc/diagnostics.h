#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xaodbc::odbc {

/// One diagnostic record of an ODBC handle.
struct DiagnosticRecord {
  std::string sqlstate;
  long native = 0;
  std::string message;
};

/// All the records of one failed (or warned) call, not just the first: MariaDB and the driver
/// manager each add their own.
class Diagnostics {
 public:
  /// Reads every record of the handle; `handle_type` is SQL_HANDLE_ENV, _DBC or _STMT.
  static Diagnostics read(short handle_type, void* handle);
  /// A single record that no handle carries, for conditions found by ourselves.
  static Diagnostics make(std::string sqlstate, std::string message);

  [[nodiscard]] const std::vector<DiagnosticRecord>& records() const { return records_; }
  [[nodiscard]] bool has_sqlstate(std::string_view sqlstate) const;
  [[nodiscard]] bool has_native(long native) const;
  /// SQLSTATE of the first record, or "".
  [[nodiscard]] std::string_view sqlstate() const;
  /// True when a record says that the connection is gone (08xxx, 57P01..3, 2006, 2013, ...).
  [[nodiscard]] bool connection_lost() const;
  /// `SQLSTATE (native) message; ...` on one line.
  [[nodiscard]] std::string to_string() const;

 private:
  std::vector<DiagnosticRecord> records_;
};

}  // namespace xaodbc::odbc

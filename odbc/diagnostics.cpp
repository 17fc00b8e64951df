#include "odbc/diagnostics.h"

#include <sql.h>
#include <sqlext.h>

#include <algorithm>
#include <array>

namespace xaodbc::odbc {
namespace {

/// A handle that reports more is broken; the bound keeps a broken driver from holding us.
constexpr SQLSMALLINT kMostRecords = 32;

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

/// PostgreSQL says 57P01..57P03 when it is shutting down or starting, 25P03 when an idle
/// transaction was ended; psqlODBC and Connector/ODBC say 08xxx; MariaDB's own numbers come with
/// HY000 too: 5013 and 5014 are a failed read and write of its socket, and behind 2014 and 2027
/// nobody knows any more which answer belongs to what.
bool means_lost(const DiagnosticRecord& record) {
  constexpr std::array<std::string_view, 5> kStates = {"57P01", "57P02", "57P03", "57P05", "25P03"};
  constexpr std::array<long, 11> kNatives = {1053, 1927, 2002, 2006, 2013, 2014,
                                             2026, 2027, 2055, 5013, 5014};
  if (record.sqlstate.starts_with("08")) return true;
  if (std::ranges::find(kStates, record.sqlstate) != kStates.end()) return true;
  return std::ranges::find(kNatives, record.native) != kNatives.end();
}

}  // namespace

Diagnostics Diagnostics::read(short handle_type, void* handle) {
  Diagnostics diagnostics;
  for (SQLSMALLINT number = 1; number <= kMostRecords; ++number) {
    std::array<SQLCHAR, 6> state{};
    std::array<SQLCHAR, 1024> text{};
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    const SQLRETURN rc = SQLGetDiagRec(handle_type, handle, number, state.data(), &native,
                                       text.data(), static_cast<SQLSMALLINT>(text.size()), &length);
    if (!SQL_SUCCEEDED(rc)) break;
    state.back() = 0;
    text.back() = 0;
    diagnostics.records_.push_back({reinterpret_cast<const char*>(state.data()), native,
                                    one_line(reinterpret_cast<const char*>(text.data()))});
  }
  return diagnostics;
}

Diagnostics Diagnostics::make(std::string sqlstate, std::string message) {
  Diagnostics diagnostics;
  diagnostics.records_.push_back({std::move(sqlstate), 0, std::move(message)});
  return diagnostics;
}

bool Diagnostics::has_sqlstate(std::string_view sqlstate) const {
  return std::ranges::any_of(records_, [&](const auto& r) { return r.sqlstate == sqlstate; });
}

bool Diagnostics::has_native(long native) const {
  return std::ranges::any_of(records_, [&](const auto& r) { return r.native == native; });
}

std::string_view Diagnostics::sqlstate() const {
  return records_.empty() ? std::string_view() : records_.front().sqlstate;
}

bool Diagnostics::connection_lost() const { return std::ranges::any_of(records_, means_lost); }

std::string Diagnostics::to_string() const {
  std::string out;
  for (const auto& record : records_) {
    if (!out.empty()) out += "; ";
    out += record.sqlstate + " (" + std::to_string(record.native) + ") " + record.message;
  }
  return out.empty() ? "the driver gave no diagnostics" : out;
}

}  // namespace xaodbc::odbc

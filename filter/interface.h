#pragma once

#include <cstdint>

/// What libxaodbc-filter.so offers to the bridge: the sentinel of a branch (odbc/dialects/) travels
/// in front of the first statement that the application sends, instead of on its own at xa_start.
///
/// It sits between psqlODBC and libpq, not between the driver manager and psqlODBC: what the
/// application calls, in whichever form, reaches the driver untouched, the driver's text is
/// complete before the sentinel is put in front of it, and of the answers the driver gets its own.
/// So there is no ODBC function whose results could differ, and none that could be forgotten.
///
/// The driver must know from the beginning that it is inside a transaction, or it would commit what
/// it takes for its own. So the bridge tells it to BEGIN, and the filter answers instead of the
/// server; everything is then as if xa_start had sent BEGIN and the sentinel.
namespace xaodbc::filter {

/// A libpq connection beneath an ODBC connection.
struct Wire;

constexpr unsigned kVersion = 2;

/// Texts that are answered by the filter. The first arms the connection: BEGIN and the sentinel go
/// in front of whatever is sent next. The second disarms it; when something was sent, the server
/// gets it, and understands it.
constexpr const char* kBeginLater = "BEGIN /* xaodbc */";
constexpr const char* kRollbackOfNothing = "ROLLBACK /* xaodbc */";

/// All functions return at once, send nothing and throw nothing.
struct Functions {
  /// Changes with everything below: the two libraries are always installed together, but what is
  /// found beside the bridge is not believed to be that.
  unsigned version = kVersion;

  /// From here until `found`, the first connection on which this thread sends through psqlODBC is
  /// noted, and is armed with number 1. False: no driver is loaded that the filter can look into.
  /// A number and a semicolon are added to `sentinel`, a statement without a BEGIN.
  bool (*seek)(const char* sentinel);
  /// The connection noted, or null.
  Wire* (*found)();
  /// The next branch, begun by the text kBeginLater, is the one with this number, not 0. False: the
  /// connection is gone or inside a transaction, or there is something to read on it, which on an
  /// idle connection mostly is its end.
  bool (*prepare)(Wire* wire, std::uint64_t number);
  /// True from kBeginLater until anything else is sent, for which there is kRollbackOfNothing.
  bool (*unsent)(const Wire* wire);
  /// True when a transaction ended since kBeginLater and what it did was not rolled back: COMMIT,
  /// END or PREPARE TRANSACTION, as the server called it, in whatever text.
  bool (*committed)(const Wire* wire);
  void (*release)(Wire* wire);
};

/// The one function that the library exports.
using Entry = const Functions*();
constexpr const char* kEntryName = "xaodbc_filter";
constexpr const char* kFileName = "libxaodbc-filter.so";

}  // namespace xaodbc::filter

#pragma once

#include <cstdint>

/// What libxaodbc-filter.so offers to the bridge: BEGIN travels in front of the first statement
/// that the application sends, instead of on its own at xa_start. The sentinel of a branch
/// (odbc/dialects/) goes with the first that may roll back, which most branches never send.
///
/// It sits between psqlODBC and libpq, not between the driver manager and psqlODBC: what the
/// application calls, in whichever form, reaches the driver untouched, the driver's text is
/// complete before the sentinel is put in front of it, and of the answers the driver gets its own.
/// So there is no ODBC function whose results could differ, and none that could be forgotten.
///
/// What ends a branch needs neither driver nor driver manager: it is sent to libpq itself, apart
/// from waiting for the answer.
///
/// The driver must know from the beginning that it is inside a transaction, or it would commit what
/// it takes for its own. So the bridge tells it to BEGIN, and the filter answers instead of the
/// server; everything is then as if xa_start had sent BEGIN.
namespace xaodbc::filter {

/// A libpq connection beneath an ODBC connection.
struct Wire;

constexpr unsigned kVersion = 4;

/// Texts that are answered by the filter. The first arms the connection: BEGIN goes in front of
/// whatever is sent next. The second disarms it; when something was sent, the server
/// gets it, and understands it.
constexpr const char* kBeginLater = "BEGIN /* xaodbc */";
constexpr const char* kRollbackOfNothing = "ROLLBACK /* xaodbc */";
/// Answered by the filter where there is no transaction: the driver learns that the one has ended
/// of which it knows, because the bridge ended it past the driver.
constexpr const char* kEnded = "COMMIT /* xaodbc */";

/// What the server answered to what the bridge has sent past the driver. The texts are the wire's,
/// until the next one is received.
struct Reply {
  enum class End {
    kDone,     ///< every statement was carried out
    kRefused,  ///< one failed; `sqlstate` and `message` say why
    kLost,     ///< the connection has ended; `sqlstate` is empty unless the server said why before
    kLate,     ///< nothing came until the deadline; the connection is good for nothing any more
  };
  End end = End::kLost;
  const char* sqlstate = "";
  const char* message = "";
  const char* tag = "";    ///< what the last statement did, "PREPARE TRANSACTION"
  const char* value = "";  ///< first value of the first row, cut off after 63 bytes
  bool warned = false;     ///< the server gave a warning; `message` is the first of them
};

/// All functions throw nothing. All but `send` and `receive` return at once and send nothing.
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
  /// True when the driver need not hear of the end of the branch, because it has nothing to forget
  /// then, and will send nothing of its own: the branch can be ended past it, and `resume` leads it
  /// into the next one as if it were the same transaction.
  bool (*may_resume)(const Wire* wire);
  /// Does what kBeginLater does, without the driver. False: it must hear of it, by that text.
  bool (*resume)(Wire* wire);
  /// True from kBeginLater until anything else is sent, for which there is kRollbackOfNothing.
  bool (*unsent)(const Wire* wire);
  /// True when a transaction ended since kBeginLater and what it did was not rolled back: COMMIT,
  /// END or PREPARE TRANSACTION, as the server called it, in whatever text.
  bool (*committed)(const Wire* wire);
  /// True when the sentinel has not gone out because nothing was sent since kBeginLater that could
  /// have put another transaction in the place of the one that it began; the answers show it.
  bool (*intact)(const Wire* wire);
  /// True when a statement of the application changed rows since kBeginLater, as far as tags tell:
  /// what a function did that was called by a SELECT is not seen.
  bool (*wrote)(const Wire* wire);
  /// True when the application has ever sent a SET or RESET on the connection.
  bool (*changed_settings)(const Wire* wire);

  /// Sends `text` past the driver, which is at rest, without waiting. False: there is no
  /// connection, or something is under way on it, or BEGIN has not gone out, or inside of a
  /// transaction `may_resume` is not true; nothing was sent.
  bool (*send)(Wire* wire, const char* text);
  /// Waits for the answers to what `send` has sent, until the time of CLOCK_MONOTONIC in ns.
  Reply (*receive)(Wire* wire, std::int64_t deadline_ns);
  void (*release)(Wire* wire);
};

/// The one function that the library exports.
using Entry = const Functions*();
constexpr const char* kEntryName = "xaodbc_filter";
constexpr const char* kFileName = "libxaodbc-filter.so";

}  // namespace xaodbc::filter

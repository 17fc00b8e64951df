#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/function_ref.h"
#include "base/process.h"
#include "base/secret.h"
#include "base/status.h"
#include "odbc/diagnostics.h"
#include "odbc/watchdog.h"
#include "odbc/wire.h"

namespace xaodbc::odbc {

using Row = std::vector<std::optional<std::string>>;

/// What one SQLExecDirect with all its result sets came to.
struct Answer {
  bool ok = false;          ///< every statement of the string succeeded
  bool lost = false;        ///< the connection died; what the server did is unknown
  Diagnostics diagnostics;  ///< of the failure, or of the warnings when ok
  std::vector<Row> rows;    ///< of the first result set that has columns
  std::string tag;          ///< of the last statement, where it was sent past the driver
};

/// Who serves a connection, as the branch log keeps it.
struct Identity {
  std::string server;   ///< server and database
  std::string session;  ///< the session on that server, so that nobody else can be meant (3.1.2)
  std::string tag;      ///< resource_tag() of this resource there
};

/// Branches share it with the connection that works for them, which they may outlive.
using SharedIdentity = std::shared_ptr<const Identity>;

/// One ODBC connection. Moves between threads, is used by one at a time. Once lost or marked unfit
/// it is only good for being closed.
class Connection {
 public:
  /// kUnavailable with the driver's diagnostics when the server cannot be reached or refuses.
  /// The connection string never shows up in an error (I10).
  static Result<std::unique_ptr<Connection>> connect(const Secret& connection_string,
                                                     Deadline deadline);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Sends `sql` through SQLExecDirect (psqlODBC 13.02 tracks the transaction state for nothing
  /// else) and reads all results. When the deadline passes, the socket is shut down and the answer
  /// is `lost`.
  Answer execute(std::string_view sql, Deadline deadline);

  /// Sends `sql` past the driver (odbc/wire.h) and waits for nothing. False: nothing was sent, and
  /// execute() has to.
  bool send(const std::string& sql);
  /// Executes `sql` and keeps the answer for receive(): a send() for drivers that cannot but wait.
  void execute_ahead(std::string_view sql, Deadline deadline);
  /// True from send() to receive(); nothing else may be done on the connection, but to close it.
  [[nodiscard]] bool awaits_answer() const { return awaits_answer_; }
  /// The answer to what send() has sent; `lost` when the deadline passes.
  Answer receive(Deadline deadline);
  /// Both, or execute().
  Answer exchange(const std::string& sql, Deadline deadline);

  /// A text for execute(), emptied; it keeps its room, so that the statements of every branch
  /// allocate nothing.
  std::string& blank_sql() {
    sql_.clear();
    return sql_;
  }

  /// Begins a branch without sending anything; false when the session has ended, as far as one can
  /// see from here.
  bool begin_unsent(Deadline deadline);
  /// Ends a branch for which nothing was sent, again without sending. False: something was sent,
  /// and nothing was done.
  bool end_unsent(Deadline deadline);

  /// The latch (drivers.md 1.4): while closed, the driver manager itself answers HY010 to
  /// SQLEndTran, autocommit changes and SQLDisconnect on this connection. Costs no round trip on
  /// PostgreSQL. False: this driver manager does not refuse; the sentinel remains.
  bool close_latch();
  void open_latch();
  /// SQL_ATTR_AUTOCOMMIT; the latch must be open.
  bool set_autocommit(bool on);
  /// Autocommit on, also where the application has switched it off as SQL text, of which the driver
  /// manager and we know nothing.
  bool restore_autocommit(Deadline deadline);
  /// As the driver has it, which the application may have changed; no round trip.
  [[nodiscard]] bool autocommit_on() const;

  /// SQLHDBC for the application.
  [[nodiscard]] void* handle() const { return dbc_; }
  [[nodiscard]] std::string dbms_name() const;

  [[nodiscard]] bool fit() const { return fit_; }
  /// Never pooled again (I7).
  void mark_unfit() { fit_ = false; }

  /// Who serves this connection; set once by Dialect::introduce.
  [[nodiscard]] const Identity& identity() const { return *identity_; }
  [[nodiscard]] const SharedIdentity& shared_identity() const { return identity_; }
  void set_identity(Identity identity) {
    identity_ = std::make_shared<const Identity>(std::move(identity));
  }
  /// For PostgreSQL; found by Dialect::introduce.
  Wire wire;
  /// For MariaDB: the server keeps one beside InnoDB's own.
  bool has_binary_log = false;
  /// Counts the branches begun on it, for dialects that name the current one to the server.
  std::uint64_t branches = 0;
  /// True when the server has answered a moment ago: so long it is trusted to be there still, so
  /// that the common case costs no question.
  [[nodiscard]] bool answered_just_now() const;

 private:
  Connection() = default;
  Status open(const Secret& connection_string, Deadline deadline);
  void make_latch(Deadline deadline);
  Answer or_unfit(FunctionRef<Answer()> ask);
  Answer run(std::string_view sql, Deadline deadline);
  bool pretend(const char* text, Deadline deadline);

  SharedIdentity identity_ = std::make_shared<const Identity>();
  void* dbc_ = nullptr;
  void* statement_ = nullptr;  ///< for all verbs; the application has its own
  std::string sql_;
  void* latch_ = nullptr;
  long latch_length_ = 0;
  bool latched_ = false;
  bool fit_ = true;
  bool autocommit_ = true;
  bool awaits_answer_ = false;
  std::optional<Answer> kept_answer_;
  Deadline::Clock::time_point last_used_ = Deadline::Clock::now();
  std::uint64_t generation_ = process_generation();
  Watch watch_;
};

}  // namespace xaodbc::odbc

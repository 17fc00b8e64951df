#include "odbc/connection.h"

#include <sql.h>
#include <sqlext.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "odbc/environment.h"
#include "odbc/results.h"

namespace xaodbc::odbc {
namespace {

SQLPOINTER as_pointer(std::uintptr_t value) { return reinterpret_cast<SQLPOINTER>(value); }

/// psqlODBC bounds its connect by this; Connector/ODBC ignores it and is bounded by the watchdog.
void limit_login(SQLHDBC dbc, Deadline deadline) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  const auto left = duration_cast<seconds>(deadline.remaining()).count() + 1;
  SQLSetConnectAttr(dbc, SQL_ATTR_LOGIN_TIMEOUT, as_pointer(static_cast<std::uintptr_t>(left)), 0);
}

/// A call into the driver that may leave by an exception, for want of memory for what it read.
class WatchedCall {
 public:
  WatchedCall(Watch& watch, Deadline deadline) : watch_(&watch) { watch.begin(deadline); }
  WatchedCall(const WatchedCall&) = delete;
  WatchedCall& operator=(const WatchedCall&) = delete;
  ~WatchedCall() {
    if (watch_ != nullptr) watch_->end();
  }
  bool end() { return std::exchange(watch_, nullptr)->end(); }

 private:
  Watch* watch_;
};

std::atomic<bool> drivers_ended{false};

/// Drivers, and OpenSSL below them, end in exit handlers of their own, and a connect after that
/// crashes the process (libpq 15 with OpenSSL 3). Registered once a driver is loaded, ours runs
/// before theirs. No guard of a static object: another thread might hold it at the moment of a
/// fork.
void notice_end_of_drivers() {
  static std::atomic<bool> registered{false};
  if (registered.exchange(true)) return;
  std::atexit([] { drivers_ended.store(true); });
}

Answer failed(Diagnostics diagnostics, bool lost) {
  Answer answer;
  answer.lost = lost || diagnostics.connection_lost();
  answer.diagnostics = std::move(diagnostics);
  return answer;
}

/// A success that names no deed proves nothing.
Answer answer_of(const filter::Reply& reply) {
  using End = filter::Reply::End;
  const std::string state = *reply.sqlstate == 0 ? "08S01" : reply.sqlstate;
  switch (reply.end) {
    case End::kLost:
      return failed(Diagnostics::make(state, reply.message), true);
    case End::kLate:
      return failed(Diagnostics::make("HYT00", "no answer within verb_timeout"), true);
    case End::kRefused:
      return failed(Diagnostics::make(state, reply.message), false);
    case End::kDone:
      break;
  }
  if (*reply.tag == 0) return failed(Diagnostics::make("HY000", "the server named no deed"), false);
  Answer answer;
  answer.ok = true;
  answer.tag = reply.tag;
  if (reply.warned) answer.diagnostics = Diagnostics::make("01000", reply.message);
  if (*reply.value != 0) answer.rows.push_back({reply.value});
  return answer;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::connect(const Secret& connection_string,
                                                        Deadline deadline) {
  std::unique_ptr<Connection> connection(new Connection());
  if (auto status = connection->open(connection_string, deadline); !status.is_ok()) {
    return failure(std::move(status));
  }
  return connection;
}

Status Connection::open(const Secret& connection_string, Deadline deadline) {
  if (drivers_ended.load()) {
    return {StatusCode::kUnavailable, "the process is ending, and its ODBC drivers have ended"};
  }
  if (environment() == nullptr ||
      !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, environment(), &dbc_))) {
    return {StatusCode::kUnavailable, "the ODBC driver manager gives no connection handle"};
  }
  limit_login(dbc_, deadline);
  Secret text = connection_string;
  watch_.begin(deadline);
  // The completed string is not asked for: the password would be in it.
  const SQLRETURN rc = SQLDriverConnect(dbc_, nullptr, reinterpret_cast<SQLCHAR*>(text.data()),
                                        static_cast<SQLSMALLINT>(text.reveal().size()), nullptr, 0,
                                        nullptr, SQL_DRIVER_NOPROMPT);
  const bool cut = watch_.end();
  notice_end_of_drivers();
  if (!SQL_SUCCEEDED(rc)) {
    const auto diagnostics = Diagnostics::read(SQL_HANDLE_DBC, dbc_);
    const std::string why = cut ? "no answer within verb_timeout: " : "";
    return {StatusCode::kUnavailable, why + diagnostics.to_string()};
  }
  if (cut || !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc_, &statement_))) {
    fit_ = false;
    return {StatusCode::kUnavailable, "the connection broke while it was opened"};
  }
  make_latch(deadline);
  return Status::ok();
}

Connection::~Connection() {
  // A forked child's copy is let go untouched: the session is the parent's (I9).
  if (dbc_ == nullptr || generation_ != process_generation()) return;
  open_latch();
  if (latch_ != nullptr) SQLFreeHandle(SQL_HANDLE_STMT, latch_);
  if (statement_ != nullptr) SQLFreeHandle(SQL_HANDLE_STMT, statement_);
  // MariaDB's driver sends COM_QUIT and waits for nothing; a stopped server cannot hold us.
  watch_.begin(Deadline::after(std::chrono::seconds(1)));
  SQLDisconnect(dbc_);
  watch_.end();
  SQLFreeHandle(SQL_HANDLE_DBC, dbc_);
}

bool Connection::answered_just_now() const {
  constexpr std::chrono::milliseconds kTrusted{100};
  return Deadline::Clock::now() - last_used_ < kTrusted;
}

Answer Connection::execute(std::string_view sql, Deadline deadline) {
  Answer answer = run(sql, deadline);
  last_used_ = Deadline::Clock::now();
  return answer;
}

Answer Connection::exchange(const std::string& sql, Deadline deadline) {
  return send(sql) ? receive(deadline) : execute(sql, deadline);
}

bool Connection::send(const std::string& sql) {
  awaits_answer_ = wire.send(sql);
  return awaits_answer_;
}

void Connection::execute_ahead(std::string_view sql, Deadline deadline) {
  kept_answer_ = execute(sql, deadline);
  awaits_answer_ = true;
}

Answer Connection::receive(Deadline deadline) {
  awaits_answer_ = false;
  if (kept_answer_) return *std::exchange(kept_answer_, std::nullopt);
  Answer answer = or_unfit([&] { return answer_of(wire.receive(deadline)); });
  if (answer.lost) fit_ = false;
  last_used_ = Deadline::Clock::now();
  return answer;
}

bool Connection::begin_unsent(Deadline deadline) {
  return wire.prepare(branches) && (wire.resume() || pretend(filter::kBeginLater, deadline));
}

bool Connection::end_unsent(Deadline deadline) {
  if (!wire.unsent()) return false;
  if (!pretend(filter::kRollbackOfNothing, deadline)) fit_ = false;
  return true;
}

/// A text that the filter answers, and there is no more to it than success. The driver may have
/// something else to send before or after it.
bool Connection::pretend(const char* text, Deadline deadline) {
  auto* const sql = reinterpret_cast<SQLCHAR*>(const_cast<char*>(text));
  watch_.begin(deadline);
  const bool done = SQL_SUCCEEDED(SQLExecDirect(statement_, sql, SQL_NTS));
  if (!watch_.end()) return done;
  fit_ = false;
  return false;
}

/// An answer for which there was no memory may be half read: nobody knows what comes next (I7).
Answer Connection::or_unfit(FunctionRef<Answer()> ask) {
  try {
    return ask();
  } catch (...) {
    fit_ = false;
    throw;
  }
}

Answer Connection::run(std::string_view sql, Deadline deadline) {
  WatchedCall call(watch_, deadline);
  Answer answer = or_unfit([&] { return execute_direct(statement_, sql); });
  if (call.end()) {
    fit_ = false;
    if (!answer.ok) {
      answer.lost = true;
      answer.diagnostics = Diagnostics::make("HYT00", "no answer within verb_timeout");
    }
  }
  if (answer.lost) fit_ = false;
  return answer;
}

void Connection::make_latch(Deadline deadline) {
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc_, &latch_))) return;
  latch_length_ = SQL_DATA_AT_EXEC;
  std::string text = "SELECT ?";
  watch_.begin(deadline);
  const bool ready =
      SQL_SUCCEEDED(SQLBindParameter(latch_, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 10, 0,
                                     as_pointer(1), 0, &latch_length_)) &&
      SQL_SUCCEEDED(SQLPrepare(latch_, reinterpret_cast<SQLCHAR*>(text.data()), SQL_NTS));
  watch_.end();
  if (ready) return;
  SQLFreeHandle(SQL_HANDLE_STMT, latch_);
  latch_ = nullptr;
}

bool Connection::close_latch() {
  if (latched_ || latch_ == nullptr) return latched_;
  latched_ = SQLExecute(latch_) == SQL_NEED_DATA;
  return latched_;
}

void Connection::open_latch() {
  if (!latched_) return;
  SQLCancel(latch_);
  latched_ = false;
}

bool Connection::set_autocommit(bool on) {
  if (autocommit_ == on) return true;
  const auto value = on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;
  if (!SQL_SUCCEEDED(SQLSetConnectAttr(dbc_, SQL_ATTR_AUTOCOMMIT,
                                       as_pointer(static_cast<std::uintptr_t>(value)),
                                       SQL_IS_UINTEGER))) {
    fit_ = false;
    return false;
  }
  autocommit_ = on;
  return true;
}

bool Connection::restore_autocommit(Deadline deadline) {
  if (wire && !pretend(filter::kEnded, deadline)) return false;
  return set_autocommit(false) && set_autocommit(true);
}

bool Connection::autocommit_on() const {
  SQLUINTEGER value = SQL_AUTOCOMMIT_OFF;
  const bool told =
      SQL_SUCCEEDED(SQLGetConnectAttr(dbc_, SQL_ATTR_AUTOCOMMIT, &value, SQL_IS_UINTEGER, nullptr));
  return told && value == SQL_AUTOCOMMIT_ON;
}

std::string Connection::dbms_name() const {
  std::array<char, 128> name{};
  SQLSMALLINT length = 0;
  SQLGetInfo(dbc_, SQL_DBMS_NAME, name.data(), static_cast<SQLSMALLINT>(name.size()), &length);
  name.back() = 0;
  return name.data();
}

}  // namespace xaodbc::odbc

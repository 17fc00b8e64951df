#include "filter/hooks.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "filter/deed.h"
#include "filter/ending.h"
#include "filter/rewrite.h"
#include "filter/shot.h"

namespace xaodbc::filter {
namespace {

std::atomic<const Libpq*> used_libpq{nullptr};

// Nothing here has a destructor: drivers are also called when the thread's own objects are gone.

/// What this thread's driver call is about to read. psqlODBC reads all answers in the call that
/// sends, so one is enough, and rows of other connections cost a comparison.
struct Exchange {
  PgConnection* connection = nullptr;
  Wire* wire = nullptr;
  int hidden = 0;          ///< so many answers are not for the driver
  int shift = 0;           ///< so many characters of the text are not the driver's
  bool begins = false;     ///< the text begins the transaction
  bool pretended = false;  ///< nothing was sent; the one answer is made here
  bool answered = false;   ///< one answer came, so the server has taken the text
  bool refused = false;    ///< the first answer was an error
};

/// An error whose position counts the sentinel.
struct Shifted {
  const PgResult* error = nullptr;
  int by = 0;
  std::array<char, 16> position{};
};

thread_local Exchange exchange;
thread_local Shifted shifted;
thread_local Wire* sought = nullptr;

void note(Deed deed, Wire& wire) {
  wire.plain = wire.plain && (deed == Deed::kQuery || deed == Deed::kWrite);
  switch (deed) {
    case Deed::kCommit:
      wire.committed = true;
      wire.held = 0;
      return;
    case Deed::kRollback:
      wire.held = 0;
      return;
    case Deed::kWrite:
      wire.wrote = true;
      wire.wrote_now = true;
      return;
    case Deed::kSet:
      wire.changed_settings = true;
      return;
    case Deed::kQuery:
    case Deed::kOther:
      return;
  }
}

/// Passes an answer on and notes what it says that was done. An error has no tag, and undoes what
/// the text wrote before it; nor has a row, which comes alone, and the tag at the end.
PgResult* watched(PgConnection* connection, PgResult* result) {
  Wire* const wire = result == nullptr ? nullptr : find_wire(connection);
  if (wire == nullptr || libpq().result_status(result) == kSingleTuple) return result;
  if (failed(result)) wire->wrote_now = false;
  const char* const done = libpq().command_status(result);
  note(done == nullptr ? Deed::kOther : deed_of(done), *wire);
  return result;
}

/// All answers to a text were read. Outside of a transaction the branch's has ended, with a tag or,
/// as by a COMMIT that fails, without; and what the text changed without one around it is
/// committed.
void note_end_of_text(PgConnection* connection) {
  Wire* const wire = find_wire(connection);
  if (wire == nullptr) return;
  const bool wrote = wire->wrote_now.exchange(false);
  if (wire->number != 0 || transaction_of(connection) != Transaction::kIdle) return;
  wire->held = 0;
  if (wrote) wire->committed = true;
}

PgResult* watched_alone(PgConnection* connection, PgResult* result) {
  watched(connection, result);
  note_end_of_text(connection);
  return result;
}

/// What updates rows by their place has the driver remember them until it hears of the end.
bool names_places(std::string_view text) { return text.find("ctid") != std::string_view::npos; }

void run(PgConnection* connection, const char* text) {
  libpq().clear(libpq().exec(connection, text));
}

Wire* wire_of(PgConnection* connection) {
  if (sought != nullptr && sought->connection == nullptr && enlist(*sought, connection)) {
    sought->number = 1;
    return sought;
  }
  return find_wire(connection);
}

/// The wire of a connection on which something must go out in front of the text; notes that it is
/// used.
Wire* due_wire(PgConnection* connection, std::string_view text) {
  Wire* const wire = wire_of(connection);
  if (wire == nullptr) return nullptr;
  wire->used = true;
  const bool guards = wire->held != 0 && may_roll_back(text);
  return wire->number != 0 || guards ? wire : nullptr;
}

int send_behind(PgConnection* connection, const char* text, Wire& wire) {
  const Transaction transaction = transaction_of(connection);
  const bool inside = transaction == Transaction::kInside;
  Shot shot(wire);
  if (!shot.hits(transaction)) {
    const int sent = libpq().send_query(connection, text);
    if (sent != 0) shot.missed();
    return sent;
  }
  const bool holds = shot.may_hold(text);
  const std::string sentinel = holds ? "" : shot.sentinel();
  const Rewrite carrying = rewrite(text, inside, sentinel);
  wire.begin = "BEGIN;" + sentinel;
  exchange = {.connection = connection,
              .wire = &wire,
              .hidden = carrying.hidden,
              .shift = carrying.shift,
              .begins = !inside};
  const int sent = libpq().send_query(connection, carrying.text.c_str());
  if (sent != 0) holds ? shot.held() : shot.fired();
  return sent;
}

/// True for a text that the filter answers itself.
bool is_answered_here(PgConnection* connection, Wire& wire, std::string_view text) {
  if (text == kBeginLater && wire.next != 0) {
    wire.arm();
    return true;
  }
  if (text == kEnded) {
    return wire.number == 0 && transaction_of(connection) == Transaction::kIdle;
  }
  if (text != kRollbackOfNothing || wire.used) return false;
  return wire.number.exchange(0) != 0;
}

int on_send_query(PgConnection* connection, const char* text) {
  exchange = {};
  shifted = {};
  Wire* const known = find_wire(connection);
  if (known != nullptr && is_answered_here(connection, *known, text)) {
    exchange = {.connection = connection, .wire = known, .pretended = true};
    return 1;
  }
  if (known != nullptr && names_places(text)) known->plain = false;
  Wire* const wire = due_wire(connection, text);
  if (wire == nullptr) return libpq().send_query(connection, text);
  try {
    return send_behind(connection, text, *wire);
  } catch (const std::exception&) {
    return 0;  // no memory: not sent, which the driver reports
  }
}

/// The server refuses a text that it cannot read as a whole: not even its BEGIN was carried out.
/// Without the filter the transaction would have been there, and been aborted by that.
void finish_exchange() {
  const Exchange finished = std::exchange(exchange, {});
  if (!finished.refused || !finished.begins) return;
  if (transaction_of(finished.connection) != Transaction::kIdle) return;
  finished.wire->number = 0;
  run(finished.connection, finished.wire->begin.c_str());
  run(finished.connection, "ROLLBACK TO xaodbc_branch");
}

PgResult* answer_here(PgConnection* connection) {
  if (std::exchange(exchange.answered, true)) return nullptr;
  return libpq().make_result(connection, kCommandOk);
}

PgResult* on_get_result(PgConnection* connection) {
  if (exchange.connection == connection && exchange.pretended) return answer_here(connection);
  for (;;) {
    PgResult* const result = libpq().get_result(connection);
    if (result == nullptr) note_end_of_text(connection);
    if (exchange.connection != connection) return watched(connection, result);
    if (result == nullptr) {
      finish_exchange();
      return result;
    }
    const bool bad = failed(result);
    if (!exchange.answered) exchange.refused = bad;
    exchange.answered = true;
    if (bad) {
      exchange.hidden = 0;
      if (exchange.shift != 0) shifted = {result, exchange.shift};
    }
    if (exchange.hidden == 0) return watched(connection, result);
    --exchange.hidden;
    libpq().clear(result);
  }
}

/// A branch that has begun for the driver has not yet for the server.
int on_transaction_status(const PgConnection* connection) {
  Transaction told = transaction_of(connection);
  Wire* const wire = find_wire(connection);
  if (wire == nullptr) return static_cast<int>(told);
  if (told == Transaction::kIdle && wire->number != 0) told = Transaction::kInside;
  wire->told_inside = told == Transaction::kInside;
  return static_cast<int>(told);
}

/// psqlODBC shows positions with OptionalErrors=1 only. The text belongs to the result in libpq,
/// and to the thread here, which reads it before it goes on.
char* on_result_error_field(const PgResult* result, int field) {
  char* const text = libpq().result_error_field(result, field);
  if (field != kStatementPosition || text == nullptr || shifted.error != result) return text;
  auto& position = shifted.position;
  const int unshifted = std::atoi(text) - shifted.by;
  std::snprintf(position.data(), position.size(), "%d", unshifted);
  return unshifted > 0 ? position.data() : text;
}

/// Tags go by unseen: they prove nothing any more.
void lose_track(PgConnection* connection) {
  if (Wire* const wire = find_wire(connection)) wire->held = 0;
}

/// For what is not sent as plain text: what goes in front goes ahead on its own. False when there
/// was no memory for that.
bool send_ahead(PgConnection* connection, std::string_view text) {
  exchange = {};
  shifted = {};
  // libpq drops answers that the driver has not read, tags and all.
  if (transaction_of(connection) == Transaction::kActive) lose_track(connection);
  Wire* const wire = due_wire(connection, text);
  if (wire == nullptr) return true;
  try {
    const Transaction transaction = transaction_of(connection);
    Shot shot(*wire);
    if (!shot.hits(transaction)) {
      shot.missed();
      return true;
    }
    const char* const before = transaction == Transaction::kInside ? "" : "BEGIN;";
    const std::string ahead = before + shot.sentinel();
    if (!ahead.empty()) run(connection, ahead.c_str());
    shot.fired();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

/// For what the driver does beside the application's statements.
void not_plain(PgConnection* connection) {
  if (Wire* const wire = find_wire(connection)) wire->plain = false;
}

/// Of several statements only the last one's answer is seen.
PgResult* on_exec(PgConnection* connection, const char* text) {
  not_plain(connection);
  if (!send_ahead(connection, "rollback, perhaps")) return nullptr;
  lose_track(connection);
  return watched(connection, libpq().exec(connection, text));
}

PgResult* on_exec_params(PgConnection* connection, const char* text, int count,
                         const unsigned* types, const char* const* values, const int* lengths,
                         const int* formats, int result_format) {
  if (!send_ahead(connection, text)) return nullptr;
  return watched_alone(connection, libpq().exec_params(connection, text, count, types, values,
                                                       lengths, formats, result_format));
}

PgResult* on_exec_prepared(PgConnection* connection, const char* name, int count,
                           const char* const* values, const int* lengths, const int* formats,
                           int result_format) {
  // Its text has gone by before, in this branch or in one before, which then began with the
  // sentinel.
  if (!send_ahead(connection, "")) return nullptr;
  return watched_alone(connection, libpq().exec_prepared(connection, name, count, values, lengths,
                                                         formats, result_format));
}

PgResult* on_prepare(PgConnection* connection, const char* name, const char* text, int count,
                     const unsigned* types) {
  if (Wire* const wire = find_wire(connection)) wire->named_plans = true;
  if (!send_ahead(connection, text)) return nullptr;
  return libpq().prepare(connection, name, text, count, types);
}

PgResult* on_describe_prepared(PgConnection* connection, const char* name) {
  not_plain(connection);
  if (!send_ahead(connection, "")) return nullptr;
  return libpq().describe_prepared(connection, name);
}

void on_finish(PgConnection* connection) {
  if (Wire* const wire = find_wire(connection)) dismiss(*wire);
  libpq().finish(connection);
}

template <class Function>
void* address(Function* function) {
  return reinterpret_cast<void*>(function);
}

}  // namespace

const std::array<Hook, 10>& hooks() {
  static const std::array<Hook, 10> all = {{
      {"PQsendQuery", address(on_send_query)},
      {"PQgetResult", address(on_get_result)},
      {"PQexec", address(on_exec)},
      {"PQexecParams", address(on_exec_params)},
      {"PQexecPrepared", address(on_exec_prepared)},
      {"PQprepare", address(on_prepare)},
      {"PQdescribePrepared", address(on_describe_prepared)},
      {"PQtransactionStatus", address(on_transaction_status)},
      {"PQresultErrorField", address(on_result_error_field)},
      {"PQfinish", address(on_finish)},
  }};
  return all;
}

bool use_libpq(const Libpq& functions) {
  auto fresh = std::make_unique<Libpq>(functions);
  const Libpq* known = nullptr;
  if (used_libpq.compare_exchange_strong(known, fresh.get())) {
    static_cast<void>(fresh.release());
    return true;
  }
  return known->send_query == functions.send_query;
}

const Libpq& libpq() { return *used_libpq.load(std::memory_order_acquire); }

Transaction transaction_of(const PgConnection* connection) {
  return static_cast<Transaction>(libpq().transaction_status(connection));
}

bool failed(const PgResult* result) {
  const int status = libpq().result_status(result);
  return status == kFatalError || status == kBadResponse;
}

void seek(const char* sentinel) { sought = std::make_unique<Wire>(sentinel).release(); }

Wire* found() {
  std::unique_ptr<Wire> noted(std::exchange(sought, nullptr));
  if (noted != nullptr && noted->connection == nullptr) noted.reset();
  return noted.release();
}

}  // namespace xaodbc::filter

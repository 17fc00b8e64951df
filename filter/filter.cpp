#include <sys/socket.h>

#include <cerrno>
#include <exception>

#include "filter/driver.h"
#include "filter/hooks.h"
#include "filter/interface.h"
#include "filter/talk.h"

namespace xaodbc::filter {
namespace {

bool begin_seeking(const char* sentinel) {
  try {
    if (!hook_drivers()) return false;
    seek(sentinel);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

/// In a transaction that somebody left open the branch would be a part of that.
bool is_idle(const PgConnection* connection) {
  return transaction_of(connection) == Transaction::kIdle;
}

/// An idle server sends nothing. When it ends a session it says so and hangs up.
bool is_quiet(const PgConnection* connection) {
  char next = 0;
  const auto size = recv(libpq().socket(connection), &next, sizeof next, MSG_PEEK | MSG_DONTWAIT);
  return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool prepare(Wire* wire, std::uint64_t number) {
  const PgConnection* const connection = wire->connection;
  if (connection == nullptr || !is_idle(connection) || !is_quiet(connection)) return false;
  wire->next = number;
  return true;
}

bool resume(Wire* wire) {
  if (!may_resume(wire)) return false;
  wire->arm();
  return true;
}

bool unsent(const Wire* wire) { return wire->number != 0 && !wire->used; }

bool committed(const Wire* wire) { return wire->committed; }

bool intact(const Wire* wire) { return wire->held != 0 || wire->number != 0; }

bool wrote(const Wire* wire) { return wire->wrote; }

bool changed_settings(const Wire* wire) { return wire->changed_settings; }

void release(Wire* wire) {
  dismiss(*wire);
  delete wire;
}

constexpr Functions kFunctions{.seek = begin_seeking,
                               .found = found,
                               .prepare = prepare,
                               .may_resume = may_resume,
                               .resume = resume,
                               .unsent = unsent,
                               .committed = committed,
                               .intact = intact,
                               .wrote = wrote,
                               .changed_settings = changed_settings,
                               .send = send,
                               .receive = receive,
                               .release = release};

}  // namespace

const Functions* functions() { return &kFunctions; }

}  // namespace xaodbc::filter

extern "C" __attribute__((visibility("default"))) const xaodbc::filter::Functions* xaodbc_filter() {
  return xaodbc::filter::functions();
}

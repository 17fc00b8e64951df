#include "filter/talk.h"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "filter/hooks.h"

namespace xaodbc::filter {
namespace {

void copy(const char* text, std::span<char> to) {
  const std::size_t size = text == nullptr ? 0 : std::min(std::strlen(text), to.size() - 1);
  std::copy_n(text, size, to.begin());
  to[size] = 0;
}

/// An answer under way belongs to somebody else's statement.
bool is_at_rest(const PgConnection* connection) {
  const auto transaction = static_cast<Transaction>(libpq().transaction_status(connection));
  return transaction == Transaction::kIdle || transaction == Transaction::kInside ||
         transaction == Transaction::kAborted;
}

/// What is left until then; nothing when it has passed.
timespec left_until(std::int64_t deadline_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto left = std::max<std::int64_t>(deadline_ns - now.tv_sec * kSecond - now.tv_nsec, 0);
  return {.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
}

/// False when nothing came in time. What poll cannot do shows in what is read.
bool wait_until_readable(int socket, std::int64_t deadline_ns) {
  for (;;) {
    pollfd polled{.fd = socket, .events = POLLIN, .revents = 0};
    const timespec left = left_until(deadline_ns);
    const int ready = ppoll(&polled, 1, &left, nullptr);
    if (ready == 0) return false;
    if (ready > 0 || errno != EINTR) return true;
  }
}

/// False when the answer did not come in time.
bool await_answer(PgConnection* connection, std::int64_t deadline_ns) {
  while (libpq().is_busy(connection) != 0) {
    if (!wait_until_readable(libpq().socket(connection), deadline_ns)) return false;
    if (libpq().consume_input(connection) == 0) return true;
  }
  return true;
}

void note_error(Wire::Texts& texts, const PgResult* error) {
  copy(libpq().result_error_field(error, kSqlstate), texts.sqlstate);
  copy(libpq().result_error_field(error, kMessagePrimary), texts.message);
}

/// True when it says that a statement failed. The first error is the cause of all others.
bool note(Wire::Texts& texts, PgResult* answer, bool refused) {
  if (failed(answer)) {
    if (!refused) note_error(texts, answer);
    return true;
  }
  copy(libpq().command_status(answer), texts.tag);
  if (texts.value[0] == 0 && libpq().tuples(answer) > 0 && libpq().fields(answer) > 0) {
    copy(libpq().value(answer, 0, 0), texts.value);
  }
  return false;
}

Reply reply_of(const Wire::Texts& texts, Reply::End end) {
  return {.end = end,
          .sqlstate = texts.sqlstate.data(),
          .message = texts.message.data(),
          .tag = texts.tag.data(),
          .value = texts.value.data()};
}

/// Why the connection ended, unless the server said so before.
Reply lost(const PgConnection* connection, Wire::Texts& texts) {
  if (texts.message[0] == 0) copy(libpq().error_message(connection), texts.message);
  return reply_of(texts, Reply::End::kLost);
}

}  // namespace

bool send(Wire* wire, const char* text) {
  PgConnection* const connection = wire->connection;
  if (connection == nullptr || wire->number != 0 || !is_at_rest(connection)) return false;
  // What could not be sent as a whole has ended the connection, which shows when it is received.
  static_cast<void>(libpq().send_query(connection, text));
  return true;
}

Reply receive(Wire* wire, std::int64_t deadline_ns) {
  PgConnection* const connection = wire->connection;
  Wire::Texts& texts = wire->texts;
  texts.clear();
  if (connection == nullptr) return reply_of(texts, Reply::End::kLost);
  bool answered = false, refused = false;
  for (;;) {
    if (!await_answer(connection, deadline_ns)) return reply_of(texts, Reply::End::kLate);
    PgResult* const answer = libpq().get_result(connection);
    if (answer == nullptr) break;
    answered = true;
    refused = note(texts, answer, refused) || refused;
    libpq().clear(answer);
  }
  const bool good = libpq().connection_status(connection) == kConnectionOk;
  if (!answered || !good) return lost(connection, texts);
  return reply_of(texts, refused ? Reply::End::kRefused : Reply::End::kDone);
}

}  // namespace xaodbc::filter

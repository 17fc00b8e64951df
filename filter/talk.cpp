#include "filter/talk.h"

#include <poll.h>
#include <time.h>

#include <algorithm>
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

/// An answer under way belongs to somebody else's statement. Where the driver may send something of
/// its own, its locks are needed; where it has something to forget, it has to hear of the end.
bool is_at_rest(const Wire& wire, const PgConnection* connection) {
  const Transaction transaction = transaction_of(connection);
  if (wire.named_plans) return false;
  return transaction == Transaction::kIdle ||
         (transaction == Transaction::kInside && may_resume(&wire));
}

/// A warning can say that the server has not done what it calls done: "canceling wait for
/// synchronous replication".
void note_notice(void* wire, const PgResult* notice) {
  Wire::Texts& texts = static_cast<Wire*>(wire)->texts;
  const char* const severity = libpq().result_error_field(notice, kSeverity);
  if (severity == nullptr || std::strcmp(severity, "WARNING") != 0 || texts.warned) return;
  texts.warned = true;
  copy(libpq().result_error_field(notice, kMessagePrimary), texts.message);
}

/// What is left until then; nothing when it has passed.
timespec left_until(std::int64_t deadline_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto left = std::max<std::int64_t>(deadline_ns - now.tv_sec * kSecond - now.tv_nsec, 0);
  return {.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
}

bool is_nothing(const timespec& time) { return time.tv_sec == 0 && time.tv_nsec == 0; }

/// Until there is something to read, or for a moment: what OpenSSL has read already the socket does
/// not show.
void wait_a_while(int socket, const timespec& left) {
  constexpr timespec kSlice{.tv_sec = 0, .tv_nsec = 100'000'000};
  pollfd polled{.fd = socket, .events = POLLIN, .revents = 0};
  const bool soon = left.tv_sec == 0 && left.tv_nsec < kSlice.tv_nsec;
  ppoll(&polled, 1, soon ? &left : &kSlice, nullptr);
}

/// False when the answer did not come in time; one that is there by then is read. What poll cannot
/// do shows in what is read.
bool await_answer(PgConnection* connection, std::int64_t deadline_ns) {
  bool late = false;
  while (libpq().is_busy(connection) != 0) {
    if (late) return false;
    const timespec left = left_until(deadline_ns);
    late = is_nothing(left);
    if (!late) wait_a_while(libpq().socket(connection), left);
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
          .value = texts.value.data(),
          .warned = texts.warned};
}

/// Why the connection ended, unless the server said so before.
Reply lost(const PgConnection* connection, Wire::Texts& texts) {
  if (texts.message[0] == 0) copy(libpq().error_message(connection), texts.message);
  return reply_of(texts, Reply::End::kLost);
}

Reply read_answers(PgConnection* connection, Wire::Texts& texts, std::int64_t deadline_ns) {
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

/// The driver sets its receiver with an argument for each call, and without one after it.
void give_notices_back(PgConnection* connection, Wire& wire) {
  libpq().set_notice_receiver(connection, wire.receiver, nullptr);
}

}  // namespace

bool may_resume(const Wire* wire) { return wire->plain && wire->told_inside && !wire->named_plans; }

bool send(Wire* wire, const char* text) {
  PgConnection* const connection = wire->connection;
  if (connection == nullptr || wire->number != 0 || !is_at_rest(*wire, connection)) return false;
  // What is sent here ends the branch: its sentinel is no part of what follows.
  wire->held = 0;
  wire->texts.clear();
  wire->receiver = libpq().set_notice_receiver(connection, note_notice, wire);
  if (libpq().send_query(connection, text) != 0) return true;
  // What could not be sent as a whole has ended the connection, which shows when it is received.
  if (libpq().connection_status(connection) != kConnectionOk) return true;
  give_notices_back(connection, *wire);
  return false;
}

Reply receive(Wire* wire, std::int64_t deadline_ns) {
  PgConnection* const connection = wire->connection;
  if (connection == nullptr) return reply_of(wire->texts, Reply::End::kLost);
  const Reply reply = read_answers(connection, wire->texts, deadline_ns);
  give_notices_back(connection, *wire);
  return reply;
}

}  // namespace xaodbc::filter

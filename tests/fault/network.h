#pragma once

#include <string>
#include <vector>

#include "tests/support/fault_proxy.h"

namespace xaodbc {

/// What the network does once an exchange is held at a position.
enum class Failure {
  kCut,      ///< both sides are hung up on
  kUnheard,  ///< the server does not hear that its client is gone; what was held reaches it later
  kStall,  ///< nothing at all, until the verb has given up; what was held reaches the server later
  kDelay,  ///< a moment later all goes on
};

/// Did the request get to the server before the failure?
enum class Reached { kNo, kYes, kPerhaps };

/// One way in which an exchange fails.
struct Fault {
  std::string name{};
  support::Position position{};
  Failure failure = Failure::kCut;
  std::size_t exchange = 0;  ///< of a new connection, where it is the connecting that fails

  /// One of the few that stand for the others where there is much to combine them with.
  [[nodiscard]] bool stands_for_others() const;
  [[nodiscard]] Reached reached() const {
    if (position.part == support::Position::Part::kAnswer) return Reached::kYes;
    return position.bytes == support::Position::kAll ? Reached::kPerhaps : Reached::kNo;
  }
};

/// Cuts before, in the middle of and after request and answer, at the edges of the messages' heads
/// (PostgreSQL's has 5 bytes, MariaDB's 4) and of the whole; noticed and unheard by the server.
const std::vector<Fault>& cuts();
/// What takes the whole verb_timeout.
const std::vector<Fault>& stalls();
const std::vector<Fault>& delays();
std::vector<Fault> all_faults();
/// Of them: the request does not arrive, the answer does not.
std::vector<Fault> losses();
/// The few of them that differ most, in the first so many exchanges of a new connection.
std::vector<Fault> connect_faults(std::size_t exchanges);

/// Counts the case that runs now as a fault that happened. At its end the program prints the number
/// of different ones and writes it to $XAODBC_FAULT_COUNT_DIR/fault-positions/<program>.
void count_fault();

}  // namespace xaodbc

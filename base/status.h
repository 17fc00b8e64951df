#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace xaodbc {

/// What the caller should do next. Codes of the XA standard are computed from these in
/// xa/return_code.cpp and nowhere else.
enum class StatusCode : std::uint8_t {
  kOk,
  kInvalidArgument,      ///< the caller's input is wrong; nothing changed
  kProtocol,             ///< not allowed in this state; nothing changed
  kUnknownBranch,        ///< neither the server nor the log knows the branch
  kDuplicateBranch,      ///< the server or the table knows the branch already
  kOutside,              ///< local work is open on the connection
  kRolledBack,           ///< the branch is rolled back, see RollbackReason
  kRetry,                ///< nothing happened; the same call may succeed later
  kUnavailable,          ///< the server cannot be reached; nothing was sent
  kConnectionLost,       ///< the connection died while no outcome was at stake
  kOutcomeUnknown,       ///< PREPARE, COMMIT or ROLLBACK was sent and no answer came (I3)
  kRefused,              ///< the server refused and changed nothing (rights, other database)
  kReadOnly,             ///< the branch wrote nothing and is ended
  kHeuristicCommitted,   ///< an operator or somebody behind our back committed it (I4)
  kHeuristicRolledBack,  ///< likewise rolled back
  kHeuristicMixed,       ///< likewise, in parts
  kHeuristicHazard,      ///< it is finished, and nobody can prove how
  kAsyncRefused,         ///< asynchronous calls are not offered
  kEndedByApplication,   ///< the application committed or rolled back by itself; outcome not known
  kMisconfigured,        ///< the database or the configuration must be changed by somebody
  kLogFull,              ///< no room for a new branch in the log; completions still have theirs
  kLogPoisoned,          ///< a write or sync failed; the segment accepts nothing more (I6)
  kLogDamaged,           ///< damage in the middle of a segment (I6)
  kInternal,             ///< a bug of ours
};

/// Why a branch was rolled back; one for each XA_RB code.
enum class RollbackReason : std::uint8_t {
  kUnspecified,
  kCommunication,
  kDeadlock,
  kIntegrity,
  kOther,
  kProtocol,
  kTimeout,
  kTransient,
};

/// The one error value of the project. Success carries nothing and allocates nothing.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status ok() { return {}; }
  static Status rolled_back(RollbackReason reason, std::string message) {
    Status status(StatusCode::kRolledBack, std::move(message));
    status.reason_ = reason;
    return status;
  }

  [[nodiscard]] bool is_ok() const { return code_ == StatusCode::kOk; }
  [[nodiscard]] bool is(StatusCode code) const { return code_ == code; }
  [[nodiscard]] StatusCode code() const { return code_; }
  /// Meaningful when code() is kRolledBack.
  [[nodiscard]] RollbackReason reason() const { return reason_; }
  /// One line for people: the cause and, where there is one, the next step. No secret (I10).
  [[nodiscard]] const std::string& message() const { return message_; }

  /// The same status with `context` and a colon in front of the message.
  [[nodiscard]] Status with_context(std::string_view context) const {
    Status status = *this;
    status.message_ = std::string(context) + ": " + message_;
    return status;
  }

 private:
  StatusCode code_ = StatusCode::kOk;
  RollbackReason reason_ = RollbackReason::kUnspecified;
  std::string message_;
};

template <class T>
using Result = tl::expected<T, Status>;

/// Shorthand for `return tl::unexpected(Status(...))`.
inline tl::unexpected<Status> failure(StatusCode code, std::string message) {
  return tl::make_unexpected(Status(code, std::move(message)));
}
inline tl::unexpected<Status> failure(Status status) {
  return tl::make_unexpected(std::move(status));
}

}  // namespace xaodbc

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "filter/interface.h"

namespace xaodbc::odbc {

/// The libpq connection beneath one ODBC connection, as libxaodbc-filter.so shows it: BEGIN rides
/// in front of what the application sends first, the sentinel of a branch in front of the first
/// text that may roll back, and what ends a branch is sent past driver and driver manager. Empty
/// where the filter is not installed or does not know the driver.
class Wire {
 public:
  /// From here until found() the filter looks for the connection on which this thread sends. False:
  /// there is no filter for any driver that is loaded.
  static bool seek(const std::string& sentinel);
  static Wire found();

  Wire() = default;
  Wire(Wire&& other) noexcept : wire_(std::exchange(other.wire_, nullptr)) {}
  Wire& operator=(Wire&& other) noexcept;
  ~Wire();

  explicit operator bool() const { return wire_ != nullptr; }
  /// For the branch that filter::kBeginLater will begin. False: the server seems to have hung up; a
  /// round trip will tell.
  bool prepare(std::uint64_t number);
  /// As filter::Functions have them.
  bool resume();
  /// As well; false where there is no filter.
  [[nodiscard]] bool may_resume() const;
  /// True when nothing at all was sent for the branch yet: it does not exist on the server.
  [[nodiscard]] bool unsent() const;
  /// True when the application has committed since the branch began.
  [[nodiscard]] bool committed() const;
  /// True when the branch's transaction is known to be the one that it began, without a sentinel
  /// having been sent; false where there is no filter.
  [[nodiscard]] bool intact() const;
  /// True when it changed rows since then, as far as the server's tags tell.
  [[nodiscard]] bool wrote() const;
  /// True when the application has ever changed a setting of the session; also where there is no
  /// filter.
  [[nodiscard]] bool changed_settings() const;

  /// As filter::Functions have it; also false where there is no filter.
  bool send(const std::string& text);
  filter::Reply receive(Deadline deadline);

 private:
  filter::Wire* wire_ = nullptr;
};

}  // namespace xaodbc::odbc

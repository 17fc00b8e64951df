#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "filter/interface.h"

namespace xaodbc::odbc {

/// The sentinel of one connection's branches, sent by libxaodbc-filter.so in front of what the
/// application sends first. Empty where the filter is not installed or does not know the driver.
class FreeSentinel {
 public:
  /// From here until found() the filter looks for the connection on which this thread sends. False:
  /// there is no filter for any driver that is loaded.
  static bool seek(const std::string& sentinel);
  static FreeSentinel found();

  FreeSentinel() = default;
  FreeSentinel(FreeSentinel&& other) noexcept : wire_(std::exchange(other.wire_, nullptr)) {}
  FreeSentinel& operator=(FreeSentinel&& other) noexcept;
  ~FreeSentinel();

  explicit operator bool() const { return wire_ != nullptr; }
  /// For the branch that filter::kBeginLater will begin. False: the server seems to have hung up; a
  /// round trip will tell.
  bool prepare(std::uint64_t number);
  /// True when nothing at all was sent for the branch yet: it does not exist on the server.
  [[nodiscard]] bool unsent() const;
  /// True when the application has committed since the branch began.
  [[nodiscard]] bool committed() const;

 private:
  filter::Wire* wire_ = nullptr;
};

}  // namespace xaodbc::odbc

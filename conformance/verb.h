#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xaodbc::conformance {

/// The entries of a switch, in its order.
enum class Verb : std::uint8_t {
  kOpen,
  kClose,
  kStart,
  kEnd,
  kRollback,
  kPrepare,
  kCommit,
  kRecover,
  kForget,
  kComplete,
  kCount,
};

/// "xa_open", ...
std::string_view name_of(Verb verb);
/// "TMJOIN|TMNOWAIT", "TMNOFLAGS"; bits without a name in hex.
std::string flags_text(long flags);

}  // namespace xaodbc::conformance

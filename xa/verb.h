#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xaodbc::xa {

/// The ten entries of a switch.
enum class Verb : std::uint8_t {
  kOpen,
  kClose,
  kStart,
  kEnd,
  kPrepare,
  kCommit,
  kRollback,
  kRecover,
  kForget,
  kComplete,
  kCount,
};

std::string_view to_string(Verb verb);

}  // namespace xaodbc::xa

#pragma once

#include <cstdint>

namespace xaodbc {

/// A position in a process's own segment of the branch log; waiting for it means waiting for every
/// record before. Only log/ knows what the numbers mean.
struct Ticket {
  std::uint64_t segment = 0;
  std::uint64_t end = 0;
};

}  // namespace xaodbc

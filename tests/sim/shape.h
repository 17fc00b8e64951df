#pragma once

#include <cstdint>

namespace xaodbc::sim {

/// What a transaction is to do. It follows from the seed of the run and the transaction's number
/// alone, whichever process and thread takes it.
struct Shape {
  bool at_end = false;        ///< on the resources that prepare in xa_end
  bool one_branch = false;    ///< on one database only
  bool one_phase = false;     ///< that one branch is committed in one phase
  int only = 0;               ///< which one
  bool suspends = false;      ///< between its rows
  bool moves = false;         ///< the second half of the work is another thread's
  bool offered = false;       ///< at_end: completed by whoever comes first
  bool fails = false;         ///< a statement fails and the application takes no notice
  bool writes_second = true;  ///< false: the second branch is read-only
  bool rolled_back = false;   ///< the transaction manager decides so
  int rows = 1;               ///< in each half
};

Shape shape_of(std::uint64_t seed, std::uint32_t number);

}  // namespace xaodbc::sim

#pragma once

#include <cstdint>
#include <filesystem>

#include "tests/torture/board.h"

namespace xaodbc::torture {

/// A process that works on branches until the board says stop: begins them, prepares them, decides
/// its own, those that it was left and those of the dead.
void work_on_branches(Board& board, const std::filesystem::path& file, std::uint64_t seed,
                      int incarnation);

/// A process without the extension that changes the same tables.
void work_as_stranger(Board& board, const std::filesystem::path& file, std::uint64_t seed);

/// Decides whatever is left, until nothing is.
void decide_all(Board& board, const std::filesystem::path& file, int incarnation);

}  // namespace xaodbc::torture

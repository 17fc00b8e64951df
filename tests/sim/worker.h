#pragma once

#include <filesystem>

namespace xaodbc::sim {

/// A process of the simulated system: it finishes what dead processes left behind, then carries out
/// transactions with several threads until there are no more. Returns the exit status.
int work(const std::filesystem::path& path, int incarnation);

}  // namespace xaodbc::sim

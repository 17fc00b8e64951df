#pragma once

#include <cstdint>
#include <filesystem>

namespace xaodbc::torture {

/// A model of losing power. From install() on, everything that this process and its children write
/// to files of SQLite is on a disk that forgets: until a file is synced, each of its sectors of 512
/// bytes may later be found as it was after any of the writes to it, or before them all; its size
/// as it was or is; a file that was made may be gone, and one that was removed without a sync of
/// its directory may be back.
///
/// Before a write what will be overwritten goes to a log of this process, so that nobody needs to
/// be alive when the power goes.
class Power {
 public:
  /// `logs` is a directory for that.
  static void install(const std::filesystem::path& logs);

  /// The power was cut, and everybody is dead: makes of `database` and its journal what is found
  /// when it is back. `seed` decides.
  static void cut(const std::filesystem::path& database, const std::filesystem::path& logs,
                  std::uint64_t seed);
};

}  // namespace xaodbc::torture

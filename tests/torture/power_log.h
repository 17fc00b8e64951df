#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace xaodbc::torture {

/// What happened to a file that a loss of power may undo, or that makes it lasting.
struct PowerEvent {
  enum class Kind : std::uint32_t {
    kWrite,     ///< bytes: whole sectors as they were before it, from offset on
    kTruncate,  ///< bytes: likewise, what was cut off
    kCreate,
    kSync,    ///< everything before `since` lasts
    kRemove,  ///< with a sync of the directory
    kUnlink,  ///< without; bytes: the file
  };
  Kind kind = Kind::kWrite;
  bool is_journal = false;
  std::uint64_t sequence = 0;
  std::uint64_t since = 0;
  std::uint64_t offset = 0;
  std::uint64_t old_size = 0;
  std::string bytes;
};

/// The log of all processes of a torture. What one of them was writing when it was killed is left
/// out: it had not done it yet.
class PowerLog {
 public:
  /// To be called once, before processes are forked.
  static void create(const std::filesystem::path& directory);
  static std::uint64_t next_sequence();
  static void append(const PowerEvent& event);

  /// All events in their order.
  static std::vector<PowerEvent> read(const std::filesystem::path& directory);
  /// Forgets them; nobody else may be alive.
  static void clear(const std::filesystem::path& directory);
};

}  // namespace xaodbc::torture

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "base/spare_nodes.h"
#include "log/record.h"

namespace xaodbc::log {

/// The room of a segment that is promised to the later records of its live branches, so that a full
/// disk refuses new branches and never the completion of old ones. One share for each type of
/// record that may still follow; a second record of a type is not covered.
class Reservations {
 public:
  /// Room for everything that may follow `preparing`, which itself is not included.
  static std::size_t needed_after(const Record& first);

  /// Reserves for the life that `records` begin, less what they already contain.
  void open(std::span<const Record> records);
  /// How many of the `size` bytes of `record`'s frame are covered by a share.
  [[nodiscard]] std::size_t covered(const Record& record, std::size_t size) const;
  /// `record` was written: its share is used up.
  void use(const Record& record);
  /// The life is finished: what is left of its shares is free again.
  void close(const Record& any);

  [[nodiscard]] std::size_t total() const { return total_; }

 private:
  struct Life {
    std::size_t base = 0;       ///< a frame of this branch without text of its own
    std::size_t heuristic = 0;  ///< its gid and server on top
    std::uint32_t used = 0;     ///< bit n: the share of type n
  };

  static Life measure(const Record& first);
  static std::size_t share(const Life& life, RecordType type);
  static std::size_t remaining(const Life& life);

  std::unordered_map<std::uint64_t, Life> lives_;
  SpareNodes<std::unordered_map<std::uint64_t, Life>> spare_lives_;
  std::size_t total_ = 0;
};

}  // namespace xaodbc::log

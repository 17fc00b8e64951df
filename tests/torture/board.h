#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace xaodbc::torture {

/// What is certain of a branch, in memory that all processes share and that outlives each of them.
/// A stage is noted before the call that may bring it about; its owner may die at any point.
enum class Stage : std::uint8_t {
  kUnused,
  kAtWork,         ///< started, or about to be
  kPreparing,      ///< prepare was called
  kPrepared,       ///< prepare answered "prepared"
  kDeciding,       ///< its decision was called; prepared before
  kDecidingBlind,  ///< likewise, and nobody knows whether it is prepared
  kOnePhase,       ///< commit in one phase was called
  // From here on it is finished.
  kAbandoned,      ///< rolled back or refused before it was prepared, or its process died before
  kReadOnly,       ///< prepare answered "read-only"
  kCommitted,      ///< a commit was answered, of either kind
  kRolledBack,     ///< a rollback was answered
  kNeverPrepared,  ///< "unknown", having been left while it was prepared
  kCommittedBlind  ///< "unknown", having been committed by somebody who died, or not
};

constexpr bool is_finished(Stage stage) { return stage >= Stage::kAbandoned; }
/// Whether the list of branches may, and must, name it.
constexpr bool may_be_listed(Stage stage) {
  return stage >= Stage::kPreparing && stage <= Stage::kDecidingBlind;
}

struct Slot {
  std::atomic<Stage> stage{Stage::kUnused};
  std::atomic<int> owner{0};         ///< incarnation of a process; 0: nobody
  std::atomic<bool> applied{false};  ///< its changes were seen in the tables
};

struct Counters {
  std::atomic<std::uint32_t> begun{0}, finished{0}, prepared{0}, committed{0}, rolled_back{0};
  std::atomic<std::uint32_t> one_phase{0}, read_only{0}, recovered{0}, busy{0}, fenced{0};
  std::atomic<std::uint32_t> strangers{0};  ///< transactions of processes without the extension
  std::atomic<std::uint32_t> kills{0}, kills_in_doubt{0}, power_cuts{0}, verified{0}, violations{0};
};

constexpr std::size_t kViolations = 16;
constexpr std::size_t kViolationLength = 600;

class Board {
 public:
  explicit Board(std::uint32_t size);
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] Slot& at(std::uint32_t number) { return slots_[number]; }
  [[nodiscard]] Counters& counters() { return shared_->counters; }
  /// All before this one are finished.
  [[nodiscard]] std::uint32_t first_open();
  /// How many slots were ever taken.
  [[nodiscard]] std::uint32_t begun();

  /// Branches may be begun up to this number: those who kill must not fall behind.
  void allow(std::uint32_t number) { shared_->allowed = number; }
  /// The number of a new branch, if there may be one.
  std::optional<std::uint32_t> take();

  void stop() { shared_->stopping = true; }
  [[nodiscard]] bool stopping() const { return shared_->stopping; }

  /// Something that must not be.
  void violated(const std::string& what);
  [[nodiscard]] std::string violation(std::size_t index) const;

 private:
  struct Shared {
    std::atomic<bool> stopping{false};
    std::atomic<std::uint32_t> allowed{0};
    std::atomic<std::uint32_t> first_open{0};
    Counters counters;
    std::array<std::array<char, kViolationLength>, kViolations> violations{};
  };

  std::uint32_t size_;
  Shared* shared_;
  Slot* slots_;
};

}  // namespace xaodbc::torture

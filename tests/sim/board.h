#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace xaodbc::sim {

/// What the transaction managers of all processes know for certain, in memory that they share and
/// that survives every one of them: their durable log, and what the judge goes by at the end. A
/// fact is noted before the call that may make it true.

enum class Stage : std::uint8_t {
  kUnused,
  kAtWork,    ///< its owner works on it
  kOffered,   ///< work done, prepared by xa_end: whoever takes it completes it
  kFinished,  ///< nothing is left to be done
};

enum class Decision : std::uint8_t { kNone, kCommit, kRollback };

/// How a branch ended, as the answers of the switch say.
enum class Ending : std::uint8_t { kNone, kCommitted, kRolledBack, kReadOnly };

struct BranchFacts {
  std::atomic<bool> begun{false};          ///< xa_start was called
  std::atomic<bool> broken{false};         ///< must not be prepared: a statement failed
  std::atomic<bool> abandoned{false};      ///< a verb failed, so the decision is rollback
  std::atomic<std::uint8_t> rows{0};       ///< inserted
  std::atomic<bool> prepared{false};       ///< xa_prepare answered XA_OK
  std::atomic<bool> finish_called{false};  ///< second phase, or rollback without one
  std::atomic<bool> one_phase_called{false};
  std::atomic<bool> answered_unknown{false};  ///< the last call of the second phase: XAER_NOTA
  std::atomic<Ending> ending{Ending::kNone};
};

constexpr std::size_t kBranches = 2;

struct Transaction {
  std::atomic<int> owner{0};  ///< incarnation of a process; 0: nobody
  std::atomic<Stage> stage{Stage::kUnused};
  std::atomic<Decision> decision{Decision::kNone};
  std::array<BranchFacts, kBranches> branches;
};

/// More processes than any run starts.
constexpr std::size_t kIncarnations = 65536;
constexpr std::size_t kViolations = 32;
constexpr std::size_t kViolationLength = 1536;

struct Counters {
  std::atomic<std::uint32_t> begun{0};  ///< transactions
  std::atomic<std::uint32_t> finished{0};
  std::atomic<std::uint64_t> branches{0};
  std::atomic<std::uint64_t> joined{0};     ///< work taken on by another thread
  std::atomic<std::uint64_t> offered{0};    ///< completed by whoever came first
  std::atomic<std::uint64_t> recovered{0};  ///< finished after the death of its process
  std::atomic<std::uint64_t> retried{0};    ///< verbs called again after XAER_RMFAIL or XA_RETRY
  std::atomic<std::uint64_t> hazards{0};    ///< read-only branches that MariaDB forgot
  std::atomic<std::uint32_t> violations{0};
};

/// A file that is mapped by all processes of a run.
class Board {
 public:
  static Board create(const std::filesystem::path& path, std::uint64_t seed, std::uint32_t size);
  static Board open(const std::filesystem::path& path);
  Board(Board&& other) noexcept;
  Board& operator=(Board&&) = delete;
  ~Board();

  [[nodiscard]] std::uint64_t seed() const { return header_->seed; }
  [[nodiscard]] std::uint32_t size() const { return header_->size; }
  [[nodiscard]] Counters& counters() const { return header_->counters; }
  [[nodiscard]] Transaction& at(std::uint32_t number) const { return transactions_[number]; }

  void mark_dead(int incarnation) const;
  [[nodiscard]] bool is_dead(int incarnation) const;

  /// New transactions are no longer begun; what was begun is finished.
  void stop() const { header_->stopping = true; }
  [[nodiscard]] bool stopping() const { return header_->stopping; }

  /// An answer or an outcome that must not be.
  void violated(const std::string& what) const;
  [[nodiscard]] std::string_view violation(std::size_t index) const;

 private:
  struct Header {
    std::uint64_t seed = 0;
    std::uint32_t size = 0;
    std::atomic<bool> stopping{false};
    Counters counters;
    std::array<std::atomic<bool>, kIncarnations> dead{};
    std::array<std::array<char, kViolationLength>, kViolations> violations{};
  };

  Board(int file, std::size_t bytes);
  static std::size_t bytes_for(std::uint32_t size);

  Header* header_;
  Transaction* transactions_;
  std::size_t bytes_;
};

}  // namespace xaodbc::sim

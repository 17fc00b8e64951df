#include "tests/sim/worker.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "tests/sim/board.h"
#include "tests/sim/clerk.h"

namespace xaodbc::sim {
namespace {

constexpr int kThreads = 4;
/// Offers older than this many transactions are left to processes that begin or end.
constexpr std::uint32_t kLookBack = 64;

class Worker {
 public:
  Worker(const Board& board, int incarnation) : board_(board), incarnation_(incarnation) {}

  void run() {
    clean_up();
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([this] { live(); });
    for (auto& thread : threads) thread.join();
    clean_up();
  }

 private:
  /// In a thread of its own: the main thread lives on and would keep its resources open.
  void clean_up() {
    std::thread([this] {
      Clerk clerk(board_, incarnation_);
      clerk.open();
      clerk.recover_listed([this](auto number) { return claim_from_dead(number); });
      for (std::uint32_t number = 0; number < begun(); ++number) {
        if (claim_from_dead(number)) clerk.recover(number);
        if (claim_offer(number)) clerk.complete(number);
      }
      clerk.close();
    }).join();
  }

  void live() {
    Clerk clerk(board_, incarnation_);
    clerk.open();
    for (;;) {
      if (const auto moved = take_moved()) {
        clerk.take_over(*moved);
      } else if (const auto offered = look_for_offer()) {
        clerk.complete(*offered);
      } else if (const auto number = next()) {
        if (clerk.carry_out(*number)) move(*number);
      } else {
        break;
      }
    }
    clerk.close();
  }

  [[nodiscard]] std::uint32_t begun() const {
    return std::min(board_.counters().begun.load(), board_.size());
  }
  std::optional<std::uint32_t> next() {
    if (board_.stopping() || board_.counters().begun >= board_.size()) return {};
    const std::uint32_t number = board_.counters().begun++;
    return number < board_.size() ? std::optional(number) : std::nullopt;
  }

  bool claim_from_dead(std::uint32_t number) {
    auto& transaction = board_.at(number);
    int owner = transaction.owner;
    const Stage stage = transaction.stage;
    const bool open = stage == Stage::kAtWork || stage == Stage::kOffered;
    return open && owner != 0 && board_.is_dead(owner) &&
           transaction.owner.compare_exchange_strong(owner, incarnation_);
  }
  bool claim_offer(std::uint32_t number) {
    auto& transaction = board_.at(number);
    int nobody = 0;
    if (transaction.stage != Stage::kOffered || transaction.owner != nobody) return false;
    if (!transaction.owner.compare_exchange_strong(nobody, incarnation_)) return false;
    transaction.stage = Stage::kAtWork;
    return true;
  }
  std::optional<std::uint32_t> look_for_offer() {
    const std::uint32_t end = begun();
    for (std::uint32_t i = end > kLookBack ? end - kLookBack : 0; i < end; ++i) {
      if (claim_offer(i)) return i;
    }
    return {};
  }

  void move(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    moved_.push_back(number);
  }
  std::optional<std::uint32_t> take_moved() {
    const std::lock_guard lock(mutex_);
    if (moved_.empty()) return {};
    const std::uint32_t number = moved_.front();
    moved_.pop_front();
    return number;
  }

  const Board& board_;
  int incarnation_;
  std::mutex mutex_;
  std::deque<std::uint32_t> moved_;
};

}  // namespace

int work(const std::filesystem::path& path, int incarnation) {
  const Board board = Board::open(path);
  Worker(board, incarnation).run();
  return 0;
}

}  // namespace xaodbc::sim

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/board.h"
#include "tests/sim/resource.h"
#include "tests/sim/shape.h"
#include "tests/support/tm.h"

namespace xaodbc::sim {

/// The transaction manager in one thread: it has all resources open, and carries transactions from
/// xa_start to their end, holding every answer against what the board says. Belongs to its thread.
class Clerk {
 public:
  Clerk(const Board& board, int incarnation);

  /// Waits while a database is away.
  void open();
  void close();

  /// A transaction that nobody has begun yet. True: it is to be taken over by another thread of
  /// this process, with take_over(). False: it is finished, or offered.
  bool carry_out(std::uint32_t number);
  /// The second half of the work, begun by another thread.
  void take_over(std::uint32_t number);
  /// Votes, decision and second phase. The caller owns the transaction.
  void complete(std::uint32_t number);
  /// As after the death of its process: the decision stands, or there is none and that means
  /// rollback. The caller owns the transaction.
  void recover(std::uint32_t number);
  /// What a scan of each resource lists, as far as `claim` says that it is ours.
  void recover_listed(const std::function<bool(std::uint32_t)>& claim);

 private:
  struct Work {
    std::uint32_t number;
    Shape shape;
    Transaction& transaction;
  };
  using Answer = support::XaAnswer;
  using Part = void (Clerk::*)(const Work&, std::size_t);

  [[nodiscard]] Work work_on(std::uint32_t number) const;
  [[nodiscard]] static bool takes_part(const Work& work, std::size_t branch);
  void each(const Work& work, Part part);
  [[nodiscard]] support::Tm& tm(const Work& work, std::size_t branch);
  [[nodiscard]] static XID xid(const Work& work, std::size_t branch);

  void begin(const Work& work, std::size_t branch);
  void insert_half(const Work& work, std::size_t branch, int half);
  void fail_statement(const Work& work, std::size_t branch);
  void pause(const Work& work, std::size_t branch);
  void leave(const Work& work, std::size_t branch);
  void go_on_here(const Work& work, std::size_t branch);
  void go_on(const Work& work, std::size_t branch, long flags);
  void end(const Work& work, std::size_t branch, long flags);
  void hand_on(const Work& work);

  void vote(const Work& work, std::size_t branch);
  void commit_one_phase(const Work& work, std::size_t branch);
  [[nodiscard]] static bool all_agree(const Work& work);
  void finish(const Work& work, std::size_t branch);
  [[nodiscard]] Answer ask_to_finish(const Work& work, std::size_t branch);
  bool accept(const Work& work, std::size_t branch, const Answer& answer, bool called_before);

  [[nodiscard]] static bool is_lost_read_only(const Work& work, std::size_t branch);
  bool forget(const Work& work, std::size_t branch);

  void violated(const Work& work, std::size_t branch, const std::string& verb,
                const Answer& answer);

  const Board& board_;
  int incarnation_;
  std::vector<support::Tm> tms_;
  std::array<bool, kBranches> associated_{};
};

}  // namespace xaodbc::sim

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/fault/network.h"

namespace xaodbc {

/// Somebody else finishes the branch while the exchange is held.
enum class Act {
  kNone,
  kCommits,            ///< by the server's own statement, telling nobody
  kRollsBack,          ///<
  kOperatorCommits,    ///< by `xaodbc commit`
  kOperatorRollsBack,  ///<
};

inline bool is_operator(Act act) {
  return act == Act::kOperatorCommits || act == Act::kOperatorRollsBack;
}
inline bool is_commit(Act act) { return act == Act::kCommits || act == Act::kOperatorCommits; }

/// What the library asks a server, on a fresh connection, when an answer did not come.
enum class Question {
  kList,      ///< of prepared branches
  kSession,   ///< is that one gone?
  kProof,     ///< PostgreSQL: how the transaction ended
  kDecision,  ///< the statement of the second phase once more
};

/// What comes with and after the failure.
struct Aftermath {
  std::string name{};
  bool restarts = false;    ///< the server, before the verb hears of the failure
  bool away = false;        ///< for the rest of the verb and for the next one
  bool elsewhere = false;   ///< the next verb after that comes from another process
  bool asks_again = false;  ///< the same verb is called again, not the one that cleans up
  Act act = Act::kNone;
  std::optional<Fault> second{};  ///< a cut in the question that is asked because of the first
  Question question = Question::kList;
};

/// Combined with every fault; the others with those that stand for others.
inline bool is_plain(const Aftermath& aftermath) {
  return !aftermath.restarts && !aftermath.elsewhere && aftermath.act == Act::kNone;
}

/// A cut in the question that is asked when the request, or the answer to it, was lost.
std::vector<Aftermath> cuts_in_question();

}  // namespace xaodbc

#include "conformance/legal.h"

#include <xaodbc/xa.h>

#include <array>
#include <string_view>

#include "conformance/answers.h"

namespace xaodbc::conformance {
namespace {

// In the order of Verb.
constexpr std::array<unsigned long, static_cast<std::size_t>(Verb::kCount)> kKnownFlags = {
    TMASYNC,
    TMASYNC,
    TMASYNC | TMJOIN | TMRESUME | TMNOWAIT,
    TMASYNC | TMSUSPEND | TMMIGRATE | TMSUCCESS | TMFAIL,
    TMASYNC,
    TMASYNC,
    TMASYNC | TMNOWAIT | TMONEPHASE,
    TMSTARTRSCAN | TMENDRSCAN,
    TMASYNC,
    TMNOWAIT | TMMULTIPLE};

/// Answers of a verb when all of `with` and none of `without` are given.
struct Row {
  Verb verb;
  unsigned long with;
  unsigned long without;
  std::string_view answers;
};

constexpr std::array<Row, 17> kRows = {{
    {Verb::kOpen, 0, 0, "OK ASYNC RMERR RMFAIL INVAL PROTO"},
    {Verb::kClose, 0, 0, "OK ASYNC RMERR RMFAIL INVAL PROTO"},
    {Verb::kStart, 0, 0, "OK RB ASYNC RMERR RMFAIL INVAL PROTO OUTSIDE"},
    {Verb::kStart, TMNOWAIT, 0, "RETRY"},
    {Verb::kStart, TMJOIN, 0, "NOTA"},
    {Verb::kStart, TMRESUME, TMJOIN, "NOTA"},
    {Verb::kStart, 0, TMJOIN | TMRESUME, "DUPID"},
    {Verb::kEnd, 0, 0, "OK RB ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kEnd, TMSUSPEND | TMMIGRATE, 0, "NOMIGRATE"},
    {Verb::kRollback, 0, 0, "OK RB HEUR ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kPrepare, 0, 0, "OK RB RDONLY ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kCommit, 0, 0, "OK HEUR ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kCommit, TMONEPHASE, 0, "RB"},
    {Verb::kCommit, 0, TMONEPHASE, "RETRY"},
    {Verb::kRecover, 0, 0, "n RMERR RMFAIL INVAL PROTO"},
    {Verb::kForget, 0, 0, "OK ASYNC RMERR RMFAIL NOTA INVAL PROTO"},
    {Verb::kComplete, 0, 0, "OK RETRY INVAL PROTO"},
}};

}  // namespace

unsigned long known_flags(Verb verb) { return kKnownFlags[static_cast<std::size_t>(verb)]; }

std::string legal_answers(Verb verb, long flags) {
  const auto bits = static_cast<unsigned long>(flags);
  std::string answers;
  for (const auto& row : kRows) {
    if (row.verb != verb || (bits & row.with) != row.with || (bits & row.without) != 0) continue;
    answers += (answers.empty() ? "" : " ") + std::string(row.answers);
  }
  return answers;
}

bool is_legal_answer(Verb verb, long flags, int code) {
  return Answers(legal_answers(verb, flags)).contain(code);
}

}  // namespace xaodbc::conformance

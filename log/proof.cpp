#include "log/proof.h"

namespace xaodbc::log {

Outcome outcome_of_vanished(const BranchHistory& history, ServerWord word, bool commit_wanted) {
  if (word == ServerWord::kCommitted) return Outcome::kCommitted;
  if (word == ServerWord::kRolledBack) return Outcome::kRolledBack;
  if (word == ServerWord::kInProgress) return Outcome::kNone;
  const bool committing = history.has(RecordType::kCommitting);
  const bool rolling_back = history.has(RecordType::kRollingBack);
  if (committing && rolling_back) return Outcome::kHazard;
  if (committing) return Outcome::kCommitted;
  if (rolling_back) return Outcome::kRolledBack;
  const bool never_prepared = !history.has(RecordType::kPrepared) && !commit_wanted;
  return never_prepared ? Outcome::kRolledBack : Outcome::kHazard;
}

StatusCode heuristic_code(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCommitted:
      return StatusCode::kHeuristicCommitted;
    case Outcome::kRolledBack:
      return StatusCode::kHeuristicRolledBack;
    case Outcome::kMixed:
      return StatusCode::kHeuristicMixed;
    case Outcome::kHazard:
      return StatusCode::kHeuristicHazard;
    case Outcome::kNone:
      return StatusCode::kRetry;
  }
  return StatusCode::kInternal;
}

StatusCode answer_for(Outcome outcome, bool commit_wanted) {
  const auto wanted = commit_wanted ? Outcome::kCommitted : Outcome::kRolledBack;
  return outcome == wanted ? StatusCode::kOk : heuristic_code(outcome);
}

}  // namespace xaodbc::log

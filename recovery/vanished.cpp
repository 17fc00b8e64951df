#include "recovery/vanished.h"

#include <fmt/format.h>

namespace xaodbc::recovery {
namespace {

using odbc::ServerProof;

std::string_view answer_name(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "XA_OK";
    case StatusCode::kHeuristicCommitted:
      return "XA_HEURCOM";
    case StatusCode::kHeuristicRolledBack:
      return "XA_HEURRB";
    case StatusCode::kHeuristicMixed:
      return "XA_HEURMIX";
    case StatusCode::kHeuristicHazard:
      return "XA_HEURHAZ";
    default:
      return "XA_RETRY";
  }
}

}  // namespace

log::ServerWord word_of(ServerProof proof) {
  switch (proof) {
    case ServerProof::kCommitted:
      return log::ServerWord::kCommitted;
    case ServerProof::kRolledBack:
      return log::ServerWord::kRolledBack;
    case ServerProof::kInProgress:
      return log::ServerWord::kInProgress;
    case ServerProof::kNothing:
      break;
  }
  return log::ServerWord::kNothing;
}

std::string foretell_answers(const log::BranchHistory& history, ServerProof proof) {
  const auto answer = [&](bool commit) {
    const log::Outcome outcome = log::outcome_of_vanished(history, word_of(proof), commit);
    return answer_name(log::answer_for(outcome, commit));
  };
  return fmt::format(
      "the transaction manager is answered {} when it commits and {} when it rolls back",
      answer(true), answer(false));
}

std::string_view describe_proof(ServerProof proof) {
  switch (proof) {
    case ServerProof::kCommitted:
      return "the server proves that it was committed";
    case ServerProof::kRolledBack:
      return "the server proves that it was rolled back";
    case ServerProof::kInProgress:
      return "the server says that its transaction is still running";
    case ServerProof::kNothing:
      return "the server tells nothing of what became of it";
  }
  return "";
}

}  // namespace xaodbc::recovery

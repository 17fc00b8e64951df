#pragma once

#include <string>

#include "recovery/facts.h"
#include "recovery/state.h"

namespace xaodbc::recovery {

/// What an operator may order, and what it would mean.
struct Choice {
  bool allowed = false;
  std::string meaning;  ///< the consequence, or why it is not allowed
};

struct Verdict {
  State state = State::kUnknown;
  std::string summary;  ///< one sentence: what is known
  Choice commit;
  Choice rollback;
  Choice forget;
  std::string waiting;  ///< what happens when nobody does anything
};

/// Pure: the same facts give the same verdict, and every combination of facts has one.
Verdict judge(const BranchFacts& facts);

}  // namespace xaodbc::recovery

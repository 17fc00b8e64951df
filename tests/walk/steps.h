#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/walk/dice.h"
#include "tests/walk/schema.h"

namespace xaodbc::walk {

enum class Kind : std::uint8_t {
  kStranger,  ///< statements of somebody without the extension, in a transaction if many
  kBranch,    ///< a branch does them and is prepared
  kOnePhase,  ///< a branch does them and is committed in one phase
  kCommit,    ///< of a branch in doubt
  kRollBack,  ///< likewise
  kSchema,    ///< somebody changes the schema, if no branch is in doubt
};

/// It does not depend on what the steps before it did, so that steps can be left out.
struct Step {
  Kind kind = Kind::kStranger;
  int number = 0;  ///< of the branch; of a decision: which of those in doubt, as a remainder
  std::vector<std::string> statements;
};

std::vector<Step> random_steps(Dice& dice, const Schema& schema, int count);

/// For people: "branch 7: INSERT ...; DELETE ...".
std::string describe(const Step& step);

}  // namespace xaodbc::walk

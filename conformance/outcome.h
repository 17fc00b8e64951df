#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xaodbc::conformance {

/// From best to worst; a cell is as bad as the worst answer in it.
enum class Verdict : std::uint8_t { kStandard, kAllowed, kNotDriven, kWrong };

/// What became of one cell.
struct Outcome {
  std::string name{};
  std::string clause{};
  Verdict verdict = Verdict::kStandard;
  std::string called{};    ///< the call that decided
  std::string expected{};  ///< what the standard says
  std::string allowed{};   ///< what it leaves room for
  std::string answered{};
  std::string why{};                 ///< of wrong and not driven
  std::vector<std::string> steps{};  ///< every call, in order
};

}  // namespace xaodbc::conformance
